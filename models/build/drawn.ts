import sharp from 'sharp';

/**
 * Pictures to calibrate with that belong to nobody: streets with people, bicycles and cars as plain shapes under changing light, with
 * blur and noise. They need not look real; they must drive every layer of the network through the range that cameras do.
 */

/** Numbers between 0 and 1 from a seed (mulberry32), so that a rebuild draws the same. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const width = 1280;
const height = 720;

type Chance = () => number;
const between = (next: Chance, low: number, high: number) => low + (high - low) * next();
const colour = (next: Chance, low = 0, high = 255) =>
  `rgb(${[0, 0, 0].map(() => Math.round(between(next, low, high))).join(',')})`;

/** A walking person whose feet stand at `x`, `y`, about `size` pixels tall. */
function person(next: Chance, x: number, y: number, size: number): string {
  const s = (value: number) => (value * size).toFixed(1);
  const [coat, trousers, shoes] = [colour(next), colour(next, 0, 140), colour(next, 0, 80)];
  const skin = ['#f1c9a5', '#c68642', '#8d5524', '#e0ac69'][Math.floor(next() * 4)];
  const stride = between(next, -0.14, 0.14);
  const limb = (path: string, fill: string, thick: number) =>
    `<path d="${path}" stroke="${fill}" stroke-width="${s(thick)}" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`;
  return `<g transform="translate(${x} ${y})">
    <ellipse cx="${s(0.12)}" cy="0" rx="${s(0.25)}" ry="${s(0.05)}" fill="#000" opacity=".35"/>
    ${limb(`M0 ${s(-0.5)} L${s(stride)} ${s(-0.25)} L${s(stride * 1.2)} ${s(-0.03)}`, trousers, 0.1)}
    ${limb(`M0 ${s(-0.5)} L${s(-stride)} ${s(-0.25)} L${s(-stride * 1.4)} ${s(-0.03)}`, trousers, 0.1)}
    ${limb(`M${s(stride * 1.2)} ${s(-0.02)} h${s(0.06)}`, shoes, 0.05)}
    ${limb(`M${s(-stride * 1.4)} ${s(-0.02)} h${s(0.06)}`, shoes, 0.05)}
    ${limb(`M0 ${s(-0.77)} L0 ${s(-0.53)}`, coat, 0.2)}
    ${limb(`M${s(-0.08)} ${s(-0.77)} L${s(-0.12 - stride)} ${s(-0.6)} L${s(-0.1 - stride * 1.4)} ${s(-0.45)}`, coat, 0.07)}
    ${limb(`M${s(0.08)} ${s(-0.77)} L${s(0.12 + stride)} ${s(-0.6)} L${s(0.1 + stride * 1.4)} ${s(-0.45)}`, coat, 0.07)}
    <ellipse cx="0" cy="${s(-0.93)}" rx="${s(0.062)}" ry="${s(0.078)}" fill="${skin}"/>
    <path d="M${s(-0.066)} ${s(-0.93)} a${s(0.066)} ${s(0.078)} 0 0 1 ${s(0.132)} 0z" fill="${colour(next, 0, 120)}"/>
  </g>`;
}

/** A car seen from its side, `size` pixels long. */
function car(next: Chance, x: number, y: number, size: number): string {
  const s = (value: number) => (value * size).toFixed(1);
  const wheel = (at: number) =>
    `<circle cx="${s(at)}" cy="${s(-0.07)}" r="${s(0.075)}" fill="#181818"/><circle cx="${s(at)}" cy="${s(-0.07)}" r="${s(0.04)}" fill="#999"/>`;
  return `<g transform="translate(${x} ${y})">
    <ellipse cx="${s(0.5)}" cy="0" rx="${s(0.52)}" ry="${s(0.04)}" fill="#000" opacity=".4"/>
    <path d="M0 ${s(-0.08)} v${s(-0.1)} q${s(0.02)} ${s(-0.05)} ${s(0.16)} ${s(-0.06)} l${s(0.12)} ${s(-0.1)} h${s(0.34)}
      l${s(0.16)} ${s(0.1)} q${s(0.2)} ${s(0.02)} ${s(0.21)} ${s(0.07)} v${s(0.09)}z" fill="${colour(next)}"/>
    <path d="M${s(0.2)} ${s(-0.24)} l${s(0.09)} ${s(-0.08)} h${s(0.15)} v${s(0.08)}z m${s(0.27)} 0 v${s(-0.08)} h${s(0.13)} l${s(0.12)} ${s(0.08)}z" fill="#223344"/>
    ${wheel(0.2)}${wheel(0.8)}<rect x="${s(0.95)}" y="${s(-0.19)}" width="${s(0.04)}" height="${s(0.03)}" fill="#ffe"/>
  </g>`;
}

function street(next: Chance): string {
  const horizon = between(next, 60, 300);
  const houses = Array.from({ length: 9 }, (_, i) => {
    const top = horizon - between(next, 20, 280);
    const panes = Array.from({ length: 12 }, (_, pane) => {
      const [column, row] = [pane % 3, Math.floor(pane / 3)];
      return `<rect x="${i * 150 + 15 + column * 42}" y="${top + 15 + row * 55}" width="26" height="36" fill="${colour(next, 30, 200)}"/>`;
    });
    return `<rect x="${i * 150 - 5}" y="${top}" width="150" height="${horizon - top}" fill="${colour(next, 60, 220)}"/>${panes.join('')}`;
  });
  const zebra = Array.from({ length: 10 }, (_, i) => {
    const x = 240 + i * 85;
    return `<path d="M${x} ${height} L${x * 0.6 + 256} ${horizon + 90} h22 L${x + 48} ${height}z" fill="#ddd"/>`;
  });
  return `<rect width="${width}" height="${horizon}" fill="${colour(next, 100, 255)}"/>${houses.join('')}
    <rect y="${horizon}" width="${width}" height="${height - horizon}" fill="${colour(next, 50, 130)}"/>
    <rect y="${horizon}" width="${width}" height="40" fill="${colour(next, 120, 180)}"/>${zebra.join('')}`;
}

function scene(next: Chance): string {
  const things = Array.from({ length: 7 + Math.floor(next() * 8) }, () => {
    const y = between(next, 330, 715);
    const near = (y - 250) / 470;
    const x = between(next, 30, width - 200);
    return { y, text: next() < 0.75 ? person(next, x, y, 60 + 330 * near) : car(next, x, y, 120 + 520 * near) };
  });
  const drawn = things.sort((a, b) => a.y - b.y).map(({ text }) => text);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${street(next)}${drawn.join('')}</svg>`;
}

/** Draws one picture as a camera would give it, noise and all: a JPEG file of 1280 × 720. The same seed draws the same. */
export async function drawnPicture(seed: number): Promise<Uint8Array> {
  const next = chance(seed);
  const svg = scene(next);
  const light = between(next, 0.35, 1.3);
  const sigma = between(next, 2, 14);
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .blur(between(next, 0.4, 1.4))
    .linear(light, between(next, -10, 20))
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 1) {
    // Three even chances are near enough to a bell.
    const noise = sigma * (next() + next() + next() - 1.5) * 2;
    data[i] = Math.min(255, Math.max(0, Math.round(data[i]! + noise)));
  }
  const raw = { width: info.width, height: info.height, channels: 3 as const };
  return new Uint8Array(await sharp(data, { raw }).jpeg({ quality: 70 }).toBuffer());
}

/** Draws one picture without noise as a PNG file of 640 × 360, which every machine reads as the same pixels. */
export async function cleanPicture(seed: number): Promise<Uint8Array> {
  const drawn = sharp(Buffer.from(scene(chance(seed)))).removeAlpha();
  const small = await sharp(await drawn.png().toBuffer())
    .resize(640, 360)
    .png({ compressionLevel: 9 })
    .toBuffer();
  return new Uint8Array(small);
}
