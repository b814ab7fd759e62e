import type { ModelEvent, Remark } from '../../engine/types.ts';
import type { CrossingConfig } from './config.ts';
import { crossing } from './crossing.ts';

/**
 * A crossing 12 m long along x, 4 m wide, with 7 s of walk and 10 s of clearance; margin 1.5 s, at most 13 s of
 * extension.
 */
export const usualSite: CrossingConfig = {
  tracks: 'camera',
  phase: 'signal/phase',
  from: [0, 0],
  to: [12, 0],
  widthM: 4,
  clearanceMs: 10_000,
};

type Seen = readonly { id: number; xM: number; yM: number }[];
export type Heard = Remark & { atMs: number };

/**
 * A crossing on a stage: it is told what its streams and pictures say, and everything it answers is kept. For tests.
 */
export function scene(extra: Partial<CrossingConfig> = {}) {
  const config = { ...usualSite, ...extra };
  const { streams } = crossing.inputs(config);
  let state = crossing.initial(config);
  const shown: Record<string, number> = {};
  const remarks: Heard[] = [];
  const reasons: string[] = [];
  const tell = (event: ModelEvent) => {
    const answer = crossing.step(state, event, config);
    state = answer.state;
    Object.assign(shown, answer.outputs);
    const atMs = event.kind === 'tick' ? event.atMs : event.takenAtMs;
    for (const remark of answer.remarks ?? []) remarks.push({ ...remark, atMs });
    if (answer.reasons !== undefined) reasons.splice(0, reasons.length, ...answer.reasons);
    return answer;
  };
  const stage = {
    shown,
    remarks,
    reasons,
    tell,
    state: () => state,
    said: (what: Remark['what']) => remarks.filter((remark) => remark.what === what),
    hear(stream: string, value: number, takenAtMs: number, late = false) {
      return tell({ kind: 'reading', input: streams.indexOf(stream), value, takenAtMs, late });
    },
    phase: (value: number, takenAtMs: number) => stage.hear('signal/phase', value, takenAtMs),
    look: (tracks: Seen, takenAtMs: number, late = false) => tell({ kind: 'tracks', tracks, takenAtMs, late }),
    /** Pictures of people whose place along the walk is a function of seconds, ten a second. */
    watch(
      people: { id: number; s(tS: number): number; across?: number }[],
      fromMs: number,
      toMs: number,
      everyMs = 100,
    ) {
      for (let atMs = fromMs; atMs <= toMs; atMs += everyMs)
        stage.look(
          people.map(({ id, s, across = 0 }) => ({ id, xM: s(atMs / 1000), yM: across })),
          atMs,
        );
    },
    tick: (atMs: number) => tell({ kind: 'tick', atMs }),
  };
  return stage;
}
export type Stage = ReturnType<typeof scene>;
