import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { departure, getJson } from "../departure.js";
import "../seats.css";
import { Seats } from "./seats.js";

/** A departure that is asked for again when its times, its bus or its being on sale change. */
function useDeparture() {
  const [route, setRoute] = useState();
  const [fault, setFault] = useState();
  useEffect(() => {
    let isCurrent = true;
    departure().then((found) => isCurrent && setRoute(found), setFault);
    return () => {
      isCurrent = false;
    };
  }, []);
  const reload = () => getJson(`/routes/${route.id}`).then(setRoute, setFault);
  return { route, fault, reload };
}

function App() {
  const { route, fault, reload } = useDeparture();
  const [from, setFrom] = useState(0);
  const [isShown, setShown] = useState(true);
  if (fault) return <p role="alert">{fault.message}</p>;
  if (!route) return <p>…</p>;
  const last = route.stops.length - 1;
  return (
    <>
      <h1>
        {route.fromCity} – {route.toCity}
      </h1>
      <p>{new Date(route.departureTime).toLocaleString()}</p>
      <label>
        from{" "}
        <select value={from} onChange={({ target }) => setFrom(Number(target.value))}>
          {route.stops.slice(0, -1).map(({ index, city }) => (
            <option key={index} value={index}>
              {city}
            </option>
          ))}
        </select>
      </label>{" "}
      <button onClick={() => setShown(!isShown)}>{isShown ? "hide" : "show"}</button>
      {isShown && <Seats routeId={route.id} fromStopIndex={from} toStopIndex={last} onRouteChange={reload} />}
    </>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
