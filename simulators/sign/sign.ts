/**
 * A variable message sign with a timer of its own, as a pure state machine: it shows one text by number until it is blanked or the time is
 * over. `stuck`: it takes every order and goes on showing what it shows. `timerless`: it forgets the length.
 */
export type SignFault = 'none' | 'stuck' | 'timerless';

/** Number 0 is blank. A `untilMs` of 0 is no end. */
export type Sign = { text: number; pages: string[][]; untilMs: number };

export const signAtRest: Sign = { text: 0, pages: [], untilMs: 0 };

export type SignOrder = { text: number; pages: string[][]; lengthMs: number };

/** It hears an order; what does not fit its face (`lines` × `columns`) is refused as undefined. */
export function orderSign(
  state: Sign,
  { order, face, atMs }: { order: SignOrder; face: { lines: number; columns: number }; atMs: number },
  fault: SignFault,
): Sign | undefined {
  const { text, pages, lengthMs } = order;
  const fits = pages.every((page) => page.length <= face.lines && page.every((line) => line.length <= face.columns));
  if (!fits) return undefined;
  if (fault === 'stuck') return passSign(state, atMs);
  return { text, pages, untilMs: text !== 0 && lengthMs > 0 && fault !== 'timerless' ? atMs + lengthMs : 0 };
}

/** Time passes. */
export function passSign(state: Sign, atMs: number): Sign {
  return state.untilMs > 0 && atMs >= state.untilMs ? signAtRest : state;
}

/** What it says of itself. */
export function reportSign({ text, pages, untilMs }: Sign, atMs: number): object {
  return { showing: text, pages, left: untilMs > 0 ? Math.ceil((untilMs - atMs) / 1000) : 0 };
}

/** Reads an order; undefined when it is none. */
export function readSignOrder(text: string): SignOrder | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  const { text: number, pages = [], seconds = 0 } = given as { text?: unknown; pages?: unknown; seconds?: unknown };
  const isNumber = typeof number === 'number' && Number.isInteger(number) && number >= 0;
  const isTime = typeof seconds === 'number' && seconds >= 0;
  const isPage = (page: unknown) => Array.isArray(page) && page.every((line) => typeof line === 'string');
  if (!isNumber || !isTime || !Array.isArray(pages) || !pages.every(isPage)) return undefined;
  return { text: number, pages: pages as string[][], lengthMs: seconds * 1000 };
}
