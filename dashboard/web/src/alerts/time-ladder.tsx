import type { AlertView } from '@tocsin/contracts';
import { clockTime, duration } from '../words.ts';

const steps = [
  ['takenAtMs', 'Taken', 'the sensor measured it'],
  ['decidedAtMs', 'Decided', 'a rule saw danger'],
  ['actedAtMs', 'Acted', 'the order went to the actuator'],
  ['confirmedAtMs', 'Confirmed', 'the actuator read back'],
  ['receivedAtMs', 'Received', 'the cloud stored it'],
  ['notifiedAtMs', 'Notified', 'somebody was told'],
  ['acknowledgedAtMs', 'Acknowledged', 'somebody took it on'],
] as const;

/** Nothing real is decided before it was measured; that much backwards means clocks that differ. */
const skewMs = 250;

/** When the alert passed each stage and how long after it was taken; a stage that has not happened says so. */
export function TimeLadder({ ladder, nowMs }: { ladder: AlertView['ladder']; nowMs: number }) {
  const startMs = ladder.takenAtMs ?? ladder.decidedAtMs;
  return (
    <ol className="ladder">
      {steps.map(([field, word, meaning]) => {
        const atMs = ladder[field];
        const sinceMs = atMs === undefined || startMs === undefined ? undefined : atMs - startMs;
        return (
          <li key={field} className={atMs === undefined ? 'rung rung-missing' : 'rung'}>
            <span className="rung-word">{word}</span>
            <span className="rung-meaning">{meaning}</span>
            <span className="rung-time">{atMs === undefined ? 'not yet' : clockTime(atMs, nowMs)}</span>
            <span className="rung-after">
              {sinceMs !== undefined && field !== 'takenAtMs' && `${sinceMs < 0 ? '−' : '+'}${duration(sinceMs)}`}
              {sinceMs !== undefined && sinceMs < -skewMs && ' clocks differ'}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
