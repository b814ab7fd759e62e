import { type Act, blob, box, type Luck, type Rgb, wander } from './scenes.ts';

/** What has fooled flame and smoke watchers (domain.md §2.7) and what a street holds on any day, as acts before the drawn street. */
export type Quiet = { acts: (luck: Luck) => Act[]; dark?: number };

const orange: Rgb = [255, 112, 20];
const amber: Rgb = [255, 170, 40];
const red: Rgb = [255, 44, 34];

/** Somebody with a vest of three by four cells who walks at `pxPerS`. */
function walker(
  luck: Luck,
  { vest, fromX, pxPerS, y = 52 }: { vest: Rgb; fromX: number; pxPerS: number; y?: number },
): Act {
  const sway = wander(luck, 0.5);
  return (canvas, tS, stepS) => {
    const x = fromX + pxPerS * tS;
    const off = 0.4 * sway(stepS);
    box(canvas, [x + 1, y - 3, 3, 3], [205, 160, 135]);
    box(canvas, [x + off, y, 6, 7], vest);
    box(canvas, [x + 1, y + 7, 4, 7], [40, 44, 62]);
  };
}

/** A worker with a vest who stays, bends and moves the arms. */
function worker(luck: Luck, x: number): Act {
  const arm = wander(luck, 0.4);
  const bend = wander(luck, 1.5);
  return (canvas, _, stepS) => {
    const [swing, low] = [arm(stepS), 0.7 * bend(stepS)];
    box(canvas, [x + 1, 47 + low, 3, 3], [205, 160, 135]);
    box(canvas, [x, 50 + low, 6, 7], orange);
    box(canvas, [x - 2 + 2 * swing, 51 + low, 3, 3], orange);
    box(canvas, [x + 1, 57, 4, 7], [40, 44, 62]);
  };
}

function car(
  colour: Rgb,
  { fromS, pxPerS, stopX = 999 }: { fromS: number; pxPerS: number; stopX?: number },
  size = [34, 12],
): Act {
  return (canvas, tS) => {
    if (tS < fromS) return;
    const x = Math.min(stopX, -size[0]! + pxPerS * (tS - fromS));
    box(canvas, [x, 66 - size[1]!, size[0]!, size[1]!], colour);
    box(canvas, [x + 6, 67 - size[1]!, size[0]! - 12, 4], [40, 46, 58]);
    box(canvas, [x + 4, 64, 6, 4], [18, 18, 18]);
    box(canvas, [x + size[0]! - 10, 64, 6, 4], [18, 18, 18]);
  };
}

/** A lamp that is on while `isOn` says so, with its halo. */
function lamp(colour: Rgb, [x, y, size]: readonly [number, number, number], isOn: (tS: number) => boolean): Act {
  return (canvas, tS) => {
    if (!isOn(tS)) return;
    blob(canvas, [x, y, 2 * size], colour, 0.35);
    box(canvas, [x - size / 2, y - size / 2, size, size], colour);
  };
}

const blink =
  (hz: number, duty = 0.5) =>
  (tS: number) =>
    (tS * hz) % 1 < duty;
const camera = (change: (canvas: Parameters<Act>[0], tS: number) => void): Act => change;

/** Glints of a low sun on wet asphalt, each shimmering for itself, as strong as `strength` says. */
function glints(luck: Luck, strength: (tS: number) => number): Act {
  const spots = Array.from({ length: 24 }, () => ({
    x: 40 + 50 * luck.next(),
    y: 55 + 15 * luck.next(),
    wide: 2 + 5 * luck.next(),
    shimmer: wander(luck, 0.3),
  }));
  return (canvas, tS, stepS) => {
    for (const { x, y, wide, shimmer } of spots)
      box(
        canvas,
        [x, y, wide, 1.5],
        [255, 196, 112],
        Math.max(0, Math.min(1, strength(tS) * (0.7 + 0.3 * shimmer(stepS)))),
      );
  };
}

/** Leaves that move in gusts before a low sun, so that its light comes and goes between them. */
function tree(luck: Luck): Act {
  const leaves = Array.from({ length: 60 }, () => ({
    x: 20 + 26 * luck.next(),
    y: 14 + 26 * luck.next(),
    sway: wander(luck, 0.5),
  }));
  const gust = wander(luck, 3);
  return (canvas, _, stepS) => {
    box(canvas, [20, 14, 28, 28], [255, 198, 118]);
    const wind = 1 + 0.5 * gust(stepS);
    for (const { x, y, sway } of leaves) blob(canvas, [x + wind * sway(stepS), y, 3.2], [46, 66, 30], 1);
  };
}

function rain(luck: Luck): Act {
  return (canvas, tS) => {
    const heavy = Math.min(1, tS / 30);
    box(canvas, [0, 0, 128, 72], [150, 152, 156], 0.35 * heavy);
    for (let i = 0; i < 80 * heavy; i += 1)
      box(canvas, [128 * luck.next(), 72 * luck.next(), 0.5, 5], [205, 208, 212], 0.5);
  };
}

/** Fog that comes over `overS` seconds, thicker with distance, and from one side first when it comes as a bank. */
function fog(overS: number, isBank: boolean): Act {
  return (canvas, tS) => {
    for (let strip = 0; strip < 16; strip += 1)
      for (let row = 0; row < 9; row += 1) {
        const come = isBank ? Math.max(0, Math.min(1, (2 * tS) / overS - strip / 16)) : Math.min(1, tS / overS);
        const far = row < 6 ? 1 : 1 - 0.2 * (row - 5);
        box(canvas, [8 * strip, 8 * row, 8, 8], [196, 199, 203], 0.75 * come * far);
      }
  };
}

function screen(luck: Luck): Act {
  let until = 0;
  let colours: Rgb[] = [];
  return (canvas, tS) => {
    if (tS >= until) {
      until = tS + 0.4 + 3 * luck.next();
      colours = Array.from({ length: 4 }, () => [255 * luck.next(), 255 * luck.next(), 255 * luck.next()] as const);
      if (luck.next() < 0.3) colours = colours.map(() => [230 + 25 * luck.next(), 120 + 60 * luck.next(), 30]);
    }
    for (const [i, colour] of colours.entries())
      box(canvas, [60 + 6 * (i % 2), 20 + 4 * Math.floor(i / 2), 6, 4], colour);
  };
}

/** A shadow of a cloud that crosses the picture: all of it darker alike. */
function shadow(fromS: number): Act {
  return ({ rgb }, tS) => {
    const edge = 16 * (tS - fromS);
    for (let i = 0; i < rgb.length; i += 3) {
      const x = (i / 3) % 128;
      const dark =
        1 - 0.45 * Math.max(0, Math.min(1, (edge - x) / 12)) * Math.max(0, Math.min(1, (x - edge + 70) / 12));
      for (let k = 0; k < 3; k += 1) rgb[i + k]! *= dark;
    }
  };
}

/** A candle: one small flame that hardly moves. */
function candle(luck: Luck, fromS: number): Act {
  const breath = wander(luck, 0.15);
  return (canvas, tS, stepS) => {
    const high = 3.2 + 0.25 * breath(stepS);
    if (tS >= fromS) box(canvas, [70, 40 - high, 1.6, high], [255, 205, 110]);
  };
}

/** Scenes without a fire, by name; in none of them may a score corroborate. */
export const quiet: Record<string, Quiet> = {
  'an empty street': { acts: () => [] },
  'walkers with hi-vis vests': {
    acts: (luck) => [
      walker(luck, { vest: orange, fromX: -60, pxPerS: 6 }),
      walker(luck, { vest: [250, 160, 30], fromX: 190, pxPerS: -4 }),
      walker(luck, { vest: orange, fromX: -20, pxPerS: 2, y: 48 }),
    ],
  },
  'a worker with a vest who comes and stays': {
    acts: (luck) => {
      const [come, stay] = [walker(luck, { vest: orange, fromX: -60, pxPerS: 8 }), worker(luck, 60)];
      return [(canvas, tS, stepS) => (tS < 15 ? come : stay)(canvas, tS, stepS)];
    },
  },
  'red and orange cars that pass': {
    acts: () => [
      car([200, 22, 22], { fromS: 12, pxPerS: 30 }),
      car([236, 120, 24], { fromS: 20, pxPerS: 45 }),
      car([236, 120, 24], { fromS: 28, pxPerS: 14 }),
    ],
  },
  'tail lights at dusk': {
    dark: 0.35,
    acts: (luck) => {
      const brake = wander(luck, 1);
      const pair = (x: number): Act[] => [
        lamp(red, [x, 60, 3], () => true),
        lamp(red, [x + 14, 60, 3], () => true),
        (canvas, tS, stepS) => {
          if (brake(stepS) > 0.3) lamp([255, 120, 90], [x, 60, 4], () => true)(canvas, tS, stepS);
        },
      ];
      return [...pair(30), ...pair(80)];
    },
  },
  'an amber light that blinks once a second': { dark: 0.5, acts: () => [lamp(amber, [64, 40, 5], blink(1))] },
  'an amber light that blinks twice a second': { dark: 0.5, acts: () => [lamp(amber, [64, 40, 5], blink(2))] },
  'two amber lights in turns': {
    dark: 0.5,
    acts: () => [lamp(amber, [60, 40, 5], blink(1)), lamp(amber, [67, 40, 5], (tS) => !blink(1)(tS))],
  },
  'amber lights that begin to blink, more and more of them': {
    acts: () =>
      [0, 1, 2, 3].map((i) =>
        lamp(amber, [50 + 7 * i, 40, 5], (tS) => tS > 12 + 3 * i && blink(1.5, 0.3)(tS + 0.13 * i)),
      ),
  },
  'an orange lamp that is switched on': { dark: 0.3, acts: () => [lamp([255, 176, 84], [64, 30, 8], (tS) => tS > 15)] },
  'a sunset over a wet road': { acts: (luck) => [glints(luck, (tS) => 0.5 + 0.3 * Math.min(1, tS / 120))] },
  'the sun that comes out over a wet road': {
    acts: (luck) => [glints(luck, (tS) => Math.max(0, Math.min(0.9, (tS - 15) / 4)))],
  },
  'a strobe': {
    dark: 0.4,
    acts: () => [
      camera((canvas, tS) => {
        canvas.gain = tS > 12 && (tS * 4.3) % 1 < 0.2 ? 2.5 : 1;
      }),
    ],
  },
  'blue lights': {
    dark: 0.3,
    acts: () => [lamp([60, 90, 255], [40, 50, 5], blink(2.2, 0.3)), lamp([60, 90, 255], [50, 50, 5], blink(2.6, 0.3))],
  },
  'a tree in wind with the sun behind it': { acts: (luck) => [tree(luck)] },
  'fog that comes': { acts: () => [fog(40, false)] },
  'a bank of fog': { acts: () => [fog(40, true)] },
  rain: { acts: (luck) => [rain(luck)] },
  'jumps of exposure': {
    acts: () => [
      camera((canvas, tS) => {
        canvas.gain = tS < 15 ? 1 : tS < 22 ? 1.5 : tS < 30 ? 0.6 : 1.1;
      }),
    ],
  },
  'exposure that follows the light': {
    acts: () => [
      camera((canvas, tS) => {
        canvas.gain = 1 + 0.35 * Math.sin(tS / 2);
      }),
    ],
  },
  'a camera that shakes': {
    acts: (luck) => [
      camera((canvas, tS) => {
        const isWindy = tS > 12 && tS % 8 < 4;
        canvas.shiftX = isWindy ? Math.round(1.5 * luck.gauss()) : 0;
        canvas.shiftY = isWindy ? Math.round(luck.gauss()) : 0;
      }),
    ],
  },
  'a camera that is moved': {
    acts: () => [
      camera((canvas, tS) => {
        canvas.shiftX = tS > 20 ? 9 : 0;
        canvas.shiftY = tS > 20 ? 4 : 0;
      }),
    ],
  },
  'the shadow of a cloud': { acts: () => [shadow(14)] },
  'a grey van that comes, stands and goes': {
    acts: () => [
      car([158, 160, 162], { fromS: 12, pxPerS: 22, stopX: 50 }, [44, 22]),
      car([150, 150, 150], { fromS: 30, pxPerS: 60 }, [50, 26]),
    ],
  },
  'a white van that creeps': { acts: () => [car([214, 214, 210], { fromS: 12, pxPerS: 4 }, [44, 24])] },
  'a screen in a window': { acts: (luck) => [screen(luck)] },
  'a candle': { dark: 0.4, acts: (luck) => [candle(luck, 14)] },
  headlights: {
    dark: 0.2,
    acts: () => [
      (canvas, tS) => {
        for (const from of [12, 22]) {
          const x = 140 - 14 * (tS - from);
          if (tS < from) continue;
          blob(canvas, [x, 60, 16], [255, 244, 214], 0.6);
          box(canvas, [x - 4, 58, 3, 3], [255, 250, 236]);
          box(canvas, [x + 6, 58, 3, 3], [255, 250, 236]);
        }
      },
    ],
  },
};
