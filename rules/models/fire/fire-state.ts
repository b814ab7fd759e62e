import { type Co2, noCo2 } from './carbon-dioxide.ts';
import { type Co, noCo } from './carbon-monoxide.ts';
import { noPresence, type Presence } from './presence.ts';
import type { Sight } from './sight.ts';
import { noSmoke, type Smoke } from './smoke.ts';
import { noTemperature, type Temperature } from './temperature.ts';
import { noVote, type Vote } from './verdict.ts';

/** What is known of every channel; channels that are not there stay as never heard. */
export type Places = { temperature: Temperature; smoke: Smoke; co: Co; co2: Co2 };

/** What was said last, to say only what changed. */
export type Said = {
  atMs: number;
  level: number;
  heat: number;
  verifying: number;
  service: number;
  confidence: number;
  riseKPerMin: number;
  smokeDb: number;
  coPpm: number;
  dose: number;
  driftDb: number;
};

/** One track of a detector place. */
export type FireTrack = Places & {
  /** First word of a channel or of the clock. */
  startedAtMs: number;
  /** Newest sample of any channel. */
  nowMs: number;
  presence: Presence;
  vote: Vote;
  /** Only where a camera looks at the place. */
  sight?: Sight;
  said: Said;
};

const nothingSaid: Said = {
  atMs: -1,
  level: 0,
  heat: 0,
  verifying: 0,
  service: 0,
  confidence: 1,
  riseKPerMin: 0,
  smokeDb: 0,
  coPpm: 0,
  dose: 0,
  driftDb: 0,
};

/** A place that was never heard. */
export const emptyTrack: FireTrack = {
  temperature: noTemperature,
  smoke: noSmoke,
  co: noCo,
  co2: noCo2,
  startedAtMs: -1,
  nowMs: -1,
  presence: noPresence,
  vote: noVote,
  said: nothingSaid,
};
