import type { AlertDetail } from '@tocsin/contracts';
import { clockTime, transitionWords } from '../words.ts';
import { SeverityMark } from './severity-mark.tsx';

/** Renewed reasons repeat often; this many lines say enough, and the ledger has them all. */
const linesMax = 100;

/** Every step in the life of the alert, newest first. */
export function Transitions({ transitions, nowMs }: { transitions: AlertDetail['transitions']; nowMs: number }) {
  const lines = transitions.toReversed().slice(0, linesMax);
  return (
    <div className="scroll-x">
      <table className="history">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Severity</th>
            <th scope="col">Where decided, by whom</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ transition: step }) => (
            <tr key={`${step.origin} ${step.occurrence} ${step.number} ${step.kind} ${step.decidedAtMs}`}>
              <td className="numeric">{clockTime(step.decidedAtMs, nowMs)}</td>
              <td>{transitionWords[step.kind]}</td>
              <td>
                <SeverityMark severity={step.severity} />
              </td>
              <td>{step.by ?? `the ${step.origin}`}</td>
              <td>{step.note ? `“${step.note}”` : step.by ? '' : step.reasons[0]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {transitions.length > linesMax && (
        <p className="quiet-small">{transitions.length - linesMax} older steps are in the ledger.</p>
      )}
    </div>
  );
}
