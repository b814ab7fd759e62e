import { devices, type Kind, pointsMin, type Reading, type Setting, settingOf, windowMs } from './fleet.ts';

/**
 * The floor: what a programmer would compile by hand for exactly these rules. Limit and deadband as constants in a closure
 * made by `new Function`, one active flag, no delays, no life cycle, no evidence, no saved state.
 */
type Host = {
  active: boolean;
  rising: boolean;
  /** Ring of the last 64 samples. */
  tMs: Float64Array;
  x: Float64Array;
  count: number;
};
type Closure = (host: Host, value: number, takenAtMs: number) => number;

function thresholdText({ at, clear }: Setting): string {
  return `
    if (h.active) { if (v <= ${clear}) { h.active = false; told += 1; } }
    else if (v >= ${at}) { h.active = true; told += 1; }`;
}

function rateText({ rateAt, rateClear }: Setting): string {
  return `
    h.tMs[h.count & 63] = t; h.x[h.count & 63] = v; h.count += 1;
    let n = 0, st = 0, sx = 0, stt = 0, stx = 0;
    for (let i = h.count - 1; i >= 0 && i > h.count - 64; i -= 1) {
      const dt = h.tMs[i & 63] - t;
      if (dt < -${windowMs}) break;
      const x = h.x[i & 63];
      n += 1; st += dt; sx += x; stt += dt * dt; stx += dt * x;
    }
    if (n >= ${pointsMin}) {
      const slope = 1000 * (n * stx - st * sx) / (n * stt - st * st);
      if (h.rising) { if (slope <= ${rateClear}) { h.rising = false; told += 1; } }
      else if (slope >= ${rateAt}) { h.rising = true; told += 1; }
    }`;
}

function compile(setting: Setting, kind: Kind): Closure {
  const threshold = kind === 'rate' ? '' : thresholdText(setting);
  const rate = kind === 'threshold' ? '' : rateText(setting);
  return new Function('h', 'v', 't', `let told = 0; ${threshold} ${rate} return told;`) as Closure;
}

/** Closures found, like everywhere, by the name of the stream. */
export function closures(kind: Kind): (reading: Reading) => number {
  const size = kind === 'threshold' ? 0 : 64;
  const byStream = new Map<string, { host: Host; closure: Closure }>();
  const compiled = new Map<string, Closure>();
  for (let device = 0; device < devices; device += 1) {
    const setting = settingOf(device);
    const key = JSON.stringify(setting);
    const closure = compiled.get(key) ?? compile(setting, kind);
    compiled.set(key, closure);
    const host = { active: false, rising: false, tMs: new Float64Array(size), x: new Float64Array(size), count: 0 };
    byStream.set(`device-${device}/x`, { host, closure });
  }
  return ({ stream, value, takenAtMs }) => {
    const found = byStream.get(stream);
    return found === undefined ? 0 : found.closure(found.host, value, takenAtMs);
  };
}
