import type { Evidence } from '@tocsin/contracts';
import { pretendAlert } from './alerts.ts';
import type { PretendDesk } from './desk.ts';
import { townPictureNotes } from './pictures.ts';
import { townActuator, townSite, townStory } from './town.ts';

/** Samples of a channel of the town before an instant, one a second, with a limit. */
export function townEvidence(
  site: string,
  stream: string,
  given: { untilMs: number; limit: number; label: string },
): Evidence {
  const [device, channel] = stream.split('/') as [string, string];
  const story = townStory.find((other) => other.site === site)!;
  const found = story.channels.find((other) => other.device === device && other.channel === channel)!;
  const endS = Math.floor(given.untilMs / 1_000);
  const points = Array.from({ length: 60 }, (_, index): [number, number] => {
    const atS = endS - 59 + index;
    return [atS * 1_000, found.at(atS)];
  });
  return { device, channel, unit: found.unit, points, limits: [{ label: given.label, value: given.limit }] };
}

/** Fills the desk with a night in the town: one thing of every kind that the console can show. */
export function tellStory(desk: PretendDesk, nowMs: number): void {
  for (const story of townStory) desk.setSite(townSite(story, nowMs));
  slopeMoves(desk, nowMs);
  kitchenBurns(desk, nowMs);
  somebodyCrosses(desk, nowMs);
}

function slopeMoves(desk: PretendDesk, nowMs: number): void {
  const takenAtMs = nowMs - 40_000;
  const site = 'hillside';
  const leaseUntilMs = nowMs + 60_000;
  const siren = townActuator({ site, actuator: 'siren', changedAtMs: takenAtMs + 2_000, leaseUntilMs });
  const barrier = {
    ...townActuator({ site, actuator: 'barrier', changedAtMs: takenAtMs + 5_000, state: 'unverified' }),
    confirmed: undefined,
    confirmedAtMs: undefined,
    why: 'The barrier did not report “closed” within 2 s.',
  };
  for (const truth of [siren, barrier]) desk.setActuator(truth);
  const edge = { decidedAtMs: takenAtMs + 120, actedAtMs: takenAtMs + 131, confirmedAtMs: takenAtMs + 420 };
  desk.raise(
    pretendAlert({
      takenAtMs,
      severity: 'Extreme',
      latch: 'latched',
      event: 'The slope accelerates: collapse is likely within the hour',
      reasons: ['ext-1 moves 31.4 mm/h, limit 10 mm/h for 30 s', 'ext-2 agrees: 18.9 mm/h'],
      advice: 'Keep Mill Road closed. Send nobody below the slope. Call the geologist on duty.',
      evidence: [
        townEvidence(site, 'creep/velocity', { untilMs: takenAtMs, limit: 10, label: 'Extreme above' }),
        townEvidence(site, 'ext-1/displacement', { untilMs: takenAtMs, limit: 120, label: 'Severe above' }),
      ],
      ladder: { takenAtMs, ...edge, receivedAtMs: takenAtMs + 610 },
      actuators: [siren, barrier],
    }),
  );
}

function kitchenBurns(desk: PretendDesk, nowMs: number): void {
  const takenAtMs = nowMs - 320_000;
  const site = 'mill-house';
  const done = { commanded: 'off', confirmed: 'off', changedAtMs: takenAtMs + 900 };
  const breaker = townActuator({ site, actuator: 'breaker', ...done });
  desk.setActuator(breaker);
  const fire = { site, rule: 'fire', subject: 'kitchen', severity: 'Severe', certainty: 'Likely' } as const;
  const { key } = desk.raise(
    pretendAlert({
      ...fire,
      takenAtMs,
      event: 'Fire in the kitchen',
      reasons: ['Smoke 4.2 %/m, limit 3 %/m', 'CO 41 ppm rising'],
      evidence: [townEvidence(site, 'kitchen/smoke', { untilMs: takenAtMs, limit: 3, label: 'Severe above' })],
      actuators: [breaker],
    }),
  );
  desk.acknowledge({ key, by: 'Ada', atMs: takenAtMs + 20_000, note: 'Fire brigade is on the way' });
  const silent = {
    site,
    rule: 'silent',
    subject: 'corridor',
    class: 'trouble',
    severity: 'Minor',
    data: 'noData',
  } as const;
  const words = { event: 'The corridor detector is silent', reasons: ['No reading for 15 min'] };
  desk.raise(pretendAlert({ ...silent, ...words, takenAtMs: nowMs - 900_000 }));
}

function somebodyCrosses(desk: PretendDesk, nowMs: number): void {
  const takenAtMs = nowMs - 15_000;
  const site = 'crossing';
  const over = { state: 'released', commanded: 'off', confirmed: 'off', changedAtMs: nowMs - 12_000 } as const;
  const hold = townActuator({ site, actuator: 'hold', ...over });
  desk.setActuator(hold);
  const slow = { site, rule: 'slow', subject: 'north', class: 'supervisory', severity: 'Moderate' } as const;
  const words = { event: 'Somebody needs longer to cross', reasons: ['Needs 6.1 s, has 2.4 s'] };
  const { key } = desk.raise(
    pretendAlert({
      ...slow,
      ...words,
      takenAtMs,
      condition: 'recovering',
      occurrence: 2,
      actuators: [hold],
      pictures: townPictureNotes(takenAtMs),
    }),
  );
  desk.change(key, { disagreement: 'The edge says recovering, the cloud says active.', late: true });
}
