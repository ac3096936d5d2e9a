import { createApp, ref } from "vue";
import { useSeatMap } from "seatwire/vue";
import { departure, server } from "../departure.js";
import "../seats.css";

const Seats = {
  props: { routeId: String, from: Number, to: Number },
  setup(props) {
    const { snapshot } = useSeatMap(
      server,
      () => props.routeId,
      () => ({ fromStopIndex: props.from, toStopIndex: props.to }),
    );
    return { snapshot };
  },
  template: `
    <p v-if="snapshot.error" role="alert">{{ snapshot.error.message }}</p>
    <template v-else>
      <p id="state" :data-state="snapshot.state">{{ snapshot.state }}</p>
      <p><b id="free">{{ snapshot.freeSeats.length }}</b> of {{ snapshot.seats.length }} seats are free</p>
      <ul class="seats">
        <li v-for="seat in snapshot.seats" :key="seat.seatNumber" v-memo="[seat]" :data-seat="seat.seatNumber" :data-state="seat.state">
          {{ seat.seatNumber }}
        </li>
      </ul>
    </template>`,
};

const route = await departure();
const App = {
  components: { Seats },
  setup: () => ({ route, from: ref(0), last: route.stops.length - 1 }),
  template: `
    <h1>{{ route.fromCity }} – {{ route.toCity }}</h1>
    <label>from
      <select v-model.number="from">
        <option v-for="stop in route.stops.slice(0, -1)" :key="stop.index" :value="stop.index">{{ stop.city }}</option>
      </select>
    </label>
    <Seats :route-id="route.id" :from="from" :to="last" />`,
};
createApp(App).mount("#root");
