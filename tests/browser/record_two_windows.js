// Records docs/two-windows.webp: the real page in two windows, a traveller on the left, somebody who only looks on
// the right. To make it again: `cargo build -p server`, `npm ci` in tests/js and here, `pip install pillow`, then
// `node record_two_windows.js` (`PYTHON=…` names the Python that has it).

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHouse } from '../js/house.js';
import { launch } from './browser.js';
import { TripPage } from './trip_page.js';

const OUTPUT = fileURLToPath(new URL('../../docs/two-windows.webp', import.meta.url));
const WINDOW = { width: 430, height: 640 };
const SEAT = 8;

/// Puts both windows side by side and all frames behind each other; each is shown as long as its name says.
const ASSEMBLE = `
import sys
from pathlib import Path
from PIL import Image
folder, output = Path(sys.argv[1]), sys.argv[2]
frames, times = [], []
for left in sorted(folder.glob("*-left.png")):
    number, shown_ms, _ = left.name.split("-")
    pair = [Image.open(left), Image.open(folder / f"{number}-{shown_ms}-right.png")]
    whole = Image.new("RGB", (sum(each.width for each in pair) + 12, pair[0].height), "#bcc4bb")
    whole.paste(pair[0], (0, 0))
    whole.paste(pair[1], (pair[0].width + 12, 0))
    frames.append(whole)
    times.append(int(shown_ms))
frames[0].save(output, save_all=True, append_images=frames[1:], duration=times, loop=0, quality=72, method=6)
`;

const house = await openHouse();
const browser = await launch();
const folder = mkdtempSync(path.join(tmpdir(), 'seatwire-recording-'));
try {
  const open = async () => {
    const page = await browser.newPage({ viewport: WINDOW });
    const trip = new TripPage(page, house.url);
    await trip.open(route);
    return trip;
  };
  const route = await house.newRoute({ layoutType: 'LAYOUT_2_1' });
  for (const seat of [2, 3, 11, 14]) await house.agent.book(route, seat);
  const buyer = await open();
  const looker = await open();
  await buyer.login('CUSTOMER');

  let made = 0;
  /// Both windows as they are now.
  const take = async (shownMs, { follow = true } = {}) => {
    const name = (side) => path.join(folder, `${String(made).padStart(3, '0')}-${shownMs}-${side}.png`);
    for (const [side, trip] of [['left', buyer], ['right', looker]]) {
      // The map in the middle of the window, unless the traveller reads something else.
      if (follow || side === 'right') await trip.seat(SEAT).evaluate((seat) => seat.scrollIntoView({ block: 'center' }));
      await trip.page.screenshot({ path: name(side), animations: 'disabled' });
    }
    made += 1;
  };

  await take(1500);
  await buyer.choose(SEAT);
  await buyer.isHeld(SEAT);
  await looker.seatIs(SEAT, 'reserved');
  await take(1800);
  await buyer.fillIn({ names: ['Deniz Yolcu'], genders: ['FEMALE'] });
  await buyer.part('passenger').first().evaluate((part) => part.scrollIntoView({ block: 'center' }));
  await take(1500, { follow: false });
  await buyer.part('book-submit').click();
  await buyer.pnr();
  await take(1500, { follow: false });
  await buyer.pay('ok');
  await looker.seatIs(SEAT, 'sold');
  await take(2000, { follow: false });
  await take(2000);
  await buyer.part('cancel-ticket').click();
  await buyer.part('cancel-confirm').click();
  await looker.seatIs(SEAT, 'free');
  await take(2000);

  writeFileSync(path.join(folder, 'assemble.py'), ASSEMBLE);
  execFileSync(process.env.PYTHON ?? 'python3', [path.join(folder, 'assemble.py'), folder, OUTPUT], { stdio: 'inherit' });
  console.log(`${made} frames: ${OUTPUT}`);
} finally {
  rmSync(folder, { recursive: true });
  await browser.close();
  await house.close();
}
