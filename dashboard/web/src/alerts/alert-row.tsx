import type { AlertView } from '@tocsin/contracts';
import { memo } from 'react';
import { ago, alertNotes, clockTime, conditionWord } from '../words.ts';
import { SeverityMark } from './severity-mark.tsx';

type Props = {
  alert: AlertView;
  siteName: string;
  nowMs: number;
  selected: boolean;
  tabbable: boolean;
  onOpen(key: string): void;
};

/** One alert in the list: everything that decides whether to open it. */
export const AlertRow = memo(function AlertRow({ alert, siteName, nowMs, selected, tabbable, onOpen }: Props) {
  const ended = alert.condition === 'normal';
  const classes = ['row', `row-${alert.severity.toLowerCase()}`];
  if (alert.operator === 'unacknowledged') classes.push('row-new');
  if (ended) classes.push('row-ended');
  return (
    // The list box moves the focus; a row is one target with nothing to press inside.
    <div
      role="option"
      id={`alert-${alert.key}`}
      data-key={alert.key}
      aria-selected={selected}
      tabIndex={tabbable ? 0 : -1}
      className={classes.join(' ')}
      onClick={() => onOpen(alert.key)}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          onOpen(alert.key);
        }
      }}
    >
      <div className="row-head">
        <SeverityMark severity={alert.severity} ended={ended} />
        <span className={`class-word class-${alert.class}`}>{alert.class}</span>
        <time
          className="row-since"
          dateTime={new Date(alert.raisedAtMs).toISOString()}
          title={clockTime(alert.raisedAtMs, nowMs)}
        >
          {ago(alert.raisedAtMs, nowMs)}
        </time>
      </div>
      <div className="row-event">{alert.event}</div>
      <div className="row-foot">
        <span className="row-place">
          {siteName} · {alert.subject}
        </span>
        <span className={`chip chip-${alert.condition}`}>{conditionWord(alert)}</span>
        {alertNotes(alert).map((note) => (
          <span key={note} className="chip chip-note">
            {note}
          </span>
        ))}
        {alert.operator === 'acknowledged' ? (
          <span className="row-ack">
            ✓ {alert.acknowledgedBy ?? 'somebody'}
            {alert.ladder.acknowledgedAtMs !== undefined && ` ${clockTime(alert.ladder.acknowledgedAtMs, nowMs)}`}
          </span>
        ) : (
          <span className="chip chip-unack">Not acknowledged</span>
        )}
      </div>
    </div>
  );
});
