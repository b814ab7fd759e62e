import type { Picture, Reference, Saved, SaveRequest, Session, Solution, SolveRequest } from './words.ts';

/** Longer than a slow camera needs for one picture. */
const timeoutMs = 30_000;

async function ask<T>(method: 'GET' | 'POST', path: string, options: { body?: object; signal?: AbortSignal } = {}) {
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(`/api/${path}`, {
    method,
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    ...(method === 'POST' ? { headers: { 'content-type': 'application/json' } } : {}),
    ...(method === 'POST' ? { body: JSON.stringify(options.body ?? {}) } : {}),
  }).catch((cause: unknown) => {
    if (options.signal?.aborted) throw cause;
    throw new Error('The tool no longer answers. Start it again in the terminal: tocsin camera calibrate');
  });
  const said = (await response.json().catch(() => ({}))) as { says?: string };
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
