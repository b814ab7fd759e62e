import type { ActuatorTruth } from '@tocsin/contracts';
import { useLive } from '../live/use-live.ts';
import { actuatorWord, ago, clockTime, duration } from '../words.ts';

const marks = { good: '✓', wait: '…', bad: '✗', plain: '–' } as const;

/** What an actuator was told and what it says itself, side by side; the one never stands in for the other. */
export function ActuatorCard({ truth, nowMs }: { truth: ActuatorTruth; nowMs: number }) {
  const { world } = useLive();
  const described = world.sites
    .get(truth.site)
    ?.descriptor?.actuators.find(({ actuator }) => actuator === truth.actuator);
  const { word, tone } = actuatorWord(truth);
  const leaseMs = truth.leaseUntilMs === undefined ? undefined : truth.leaseUntilMs - nowMs;
  const lines: [string, string][] = [
    ['Ordered', said(truth.commanded, truth.commandedAtMs, nowMs)],
    ['Reports', truth.confirmed === undefined ? 'nothing yet' : said(truth.confirmed, truth.confirmedAtMs, nowMs)],
  ];
  if (leaseMs !== undefined && truth.state !== 'released') {
    lines.push(['Hold', leaseMs > 0 ? `lapses in ${duration(leaseMs)} unless renewed` : 'lapsed']);
  }
  if (described) lines.push(['On silence', described.onSilence]);
  lines.push(['By', truth.issuer]);
  return (
    <div className={`actuator tone-${tone}`}>
      <div className="actuator-head">
        <strong>{described?.name ?? truth.actuator}</strong>
        <span className={`tone-word tone-word-${tone}`}>
          <span aria-hidden="true">{marks[tone]}</span> {word}
        </span>
      </div>
      <dl className="facts">
        {lines.map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {truth.why && <p className="actuator-why">{truth.why}</p>}
    </div>
  );
}

function said(state: string | undefined, atMs: number | undefined, nowMs: number): string {
  if (state === undefined) return 'nothing';
  return atMs === undefined ? state : `${state} at ${clockTime(atMs, nowMs)} (${ago(atMs, nowMs)})`;
}
