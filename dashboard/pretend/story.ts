import type { Evidence } from '@tocsin/contracts';
import { pretendAlert } from './alerts.ts';
import type { PretendDesk } from './desk.ts';
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
  const ago = (s: number) => nowMs - s * 1_000;
  const siren = townActuator({
    site: 'hillside',
    actuator: 'siren',
    changedAtMs: ago(38),
    leaseUntilMs: nowMs + 9_000,
  });
  const barrier = townActuator({
    ...{
      site: 'hillside',
      actuator: 'barrier',
      changedAtMs: ago(35),
      state: 'unverified',
      alert: 'hillside/creep/crown',
    },
    why: 'The barrier did not report “closed” within 2 s.',
  });
  const breaker = townActuator({
    site: 'mill-house',
    actuator: 'breaker',
    changedAtMs: ago(300),
    commanded: 'off',
    confirmed: 'off',
  });
  const hold = townActuator({
    site: 'crossing',
    actuator: 'hold',
    changedAtMs: ago(12),
    state: 'released',
    commanded: 'off',
    confirmed: 'off',
  });
  const barrierTruth = { ...barrier, confirmed: undefined, confirmedAtMs: undefined };
  for (const truth of [siren, barrierTruth, breaker, hold]) desk.setActuator(truth);
  const taken = ago(40);
  desk.raise(
    pretendAlert({
      takenAtMs: taken,
      severity: 'Extreme',
      latch: 'latched',
      event: 'The slope accelerates: collapse is likely within the hour',
      reasons: [
        'ext-1 moves 31.4 mm/h, limit 10 mm/h for 30 s',
        'ext-2 agrees: 18.9 mm/h',
        'inverse velocity points to 14:52',
      ],
      advice: 'Keep Mill Road closed. Send nobody below the slope. Call the geologist on duty.',
      evidence: [
        townEvidence('hillside', 'creep/velocity', { untilMs: taken, limit: 10, label: 'Extreme above' }),
        townEvidence('hillside', 'ext-1/displacement', { untilMs: taken, limit: 120, label: 'Severe above' }),
      ],
      ladder: {
        ...{ takenAtMs: taken, decidedAtMs: taken + 120, actedAtMs: taken + 131, confirmedAtMs: taken + 420 },
        receivedAtMs: taken + 610,
      },
      actuators: [siren, barrierTruth],
    }),
  );
  const smoke = desk.raise(
    pretendAlert({
      ...{
        site: 'mill-house',
        rule: 'fire',
        subject: 'kitchen',
        takenAtMs: ago(320),
        severity: 'Severe',
        certainty: 'Likely',
      },
      event: 'Fire in the kitchen',
      reasons: ['Smoke 4.2 %/m, limit 3 %/m', 'CO 41 ppm rising'],
      evidence: [townEvidence('mill-house', 'kitchen/smoke', { untilMs: ago(320), limit: 3, label: 'Severe above' })],
      actuators: [breaker],
    }),
  );
  desk.acknowledge({ key: smoke.key, by: 'Ada', atMs: ago(300), note: 'Fire brigade is on the way' });
  const detector = {
    site: 'mill-house',
    rule: 'silent',
    subject: 'corridor',
    class: 'trouble',
    severity: 'Minor',
    data: 'noData',
  } as const;
  desk.raise(
    pretendAlert({
      ...detector,
      takenAtMs: ago(900),
      event: 'The corridor detector is silent',
      reasons: ['No reading for 15 min'],
    }),
  );
  const slow = {
    site: 'crossing',
    rule: 'slow',
    subject: 'north',
    class: 'supervisory',
    severity: 'Moderate',
    condition: 'recovering',
  } as const;
  const crossing = desk.raise(
    pretendAlert({
      ...slow,
      takenAtMs: ago(15),
      event: 'Somebody needs longer to cross',
      reasons: ['Needs 6.1 s, has 2.4 s'],
      actuators: [hold],
    }),
  );
  desk.change(crossing.key, { disagreement: 'The edge says recovering, the cloud says active.', late: true });
}
