import type { Picture, Reference, Saved, SaveRequest, Session, Solution, SolveRequest } from './words.ts';

/** Longer than a slow camera needs for one picture. */
const timeoutMs = 30_000;

const isGone = 'The tool no longer answers. Start it again in the terminal: tocsin camera calibrate';

async function ask<T>(method: 'GET' | 'POST', path: string, options: { body?: object; signal?: AbortSignal } = {}) {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const sent = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(options.body ?? {}) };
  let response: Response;
  let said: { says?: string };
  try {
    response = await fetch(`/api/${path}`, { method, signal, ...(method === 'POST' ? sent : {}) });
    // An answer can be cut off in its middle, by the question that replaced it or by the end of the tool.
    said = (await response.json()) as { says?: string };
  } catch (cause) {
    throw options.signal?.aborted ? cause : new Error(isGone, { cause });
  }
  if (!response.ok) throw new Error(said.says ?? 'The tool could not do that.');
  return said as T;
}

/** Every question the page asks; a refusal is an Error whose message can be shown. */
export const server = {
  session: () => ask<Session>('GET', 'session'),
  newPicture: () => ask<Picture>('POST', 'picture'),
  solve: (body: SolveRequest, signal: AbortSignal) => ask<Solution>('POST', 'solve', { body, signal }),
  takeReference: () => ask<Reference>('POST', 'reference'),
  save: (body: SaveRequest) => ask<Saved>('POST', 'save', { body }),
};

/** Where a picture is; the number keeps browsers from showing an older one. */
export const pictureUrl = (number: number) => `/api/picture?n=${number}`;

/** Where the reference view is. */
export const referenceUrl = (number: number) => `/api/reference?n=${number}`;
