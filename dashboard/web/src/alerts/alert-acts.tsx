import { Button, TextInput } from '@mantine/core';
import type { AlertView } from '@tocsin/contracts';
import { useState } from 'react';
import { api, Problem } from '../api.ts';
import { useConsole, useLive, useNowMs } from '../live/use-live.ts';
import { clockTime } from '../words.ts';

const mayAct = new Set(['dispatcher', 'engineer', 'admin']);

/** What a dispatcher can do about an alert, and what somebody already did, with name and time. */
export function AlertActs({ alert }: { alert: AlertView }) {
  const { me } = useConsole();
  const { act, busy, problem } = useAct();
  const { link } = useLive();
  const nowMs = useNowMs();
  const [note, setNote] = useState('');
  const [reason, setReason] = useState('');
  const allowed = mayAct.has(me.role);
  const latched = alert.latch === 'latched';
  return (
    <div className="acts">
      {alert.operator === 'acknowledged' ? (
        <p className="acked">
          ✓ Acknowledged by <strong>{alert.acknowledgedBy ?? 'somebody'}</strong>
          {alert.ladder.acknowledgedAtMs !== undefined && ` at ${clockTime(alert.ladder.acknowledgedAtMs, nowMs)}`}
          {alert.note && <span className="acked-note">“{alert.note}”</span>}
        </p>
      ) : (
        allowed && (
          <form
            className="act"
            onSubmit={(event) => {
              event.preventDefault();
              void act(() => api.acknowledge(alert.key, note)).then((done) => done && setNote(''));
            }}
          >
            <TextInput
              aria-label="Note (optional)"
              placeholder="Note (optional)"
              maxLength={500}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy} disabled={link === 'stale'} data-act="acknowledge">
              Acknowledge
            </Button>
          </form>
        )
      )}
      {latched && alert.condition !== 'normal' && (
        <p className="quiet-small">Latched: it stays after the cause is gone, until somebody resets it.</p>
      )}
      {latched && alert.condition === 'normal' && allowed && (
        <form
          className="act"
          onSubmit={(event) => {
            event.preventDefault();
            void act(() => api.reset(alert.key, reason)).then((done) => done && setReason(''));
          }}
        >
          <TextInput
            aria-label="Reason for the reset"
            placeholder="Reason for the reset (needed)"
            required
            minLength={3}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            loading={busy}
            disabled={link === 'stale' || reason.trim().length < 3}
          >
            Reset
          </Button>
        </form>
      )}
      {!allowed && alert.operator === 'unacknowledged' && (
        <p className="quiet-small">As a viewer you cannot acknowledge.</p>
      )}
      <div role="alert">{problem && <p className="warn-line">{wordsOf(problem, alert, nowMs)}</p>}</div>
    </div>
  );
}

/** Who was first is shown as a name and a time of the viewer's zone; other refusals in the server's words. */
function wordsOf(problem: Problem, alert: AlertView, nowMs: number): string {
  const { acknowledgedAtMs } = alert.ladder;
  if (problem.code === 'ALERT_ALREADY_ACKNOWLEDGED' && alert.acknowledgedBy && acknowledgedAtMs !== undefined) {
    return `${alert.acknowledgedBy} was first, at ${clockTime(acknowledgedAtMs, nowMs)}. Nothing was changed by you.`;
  }
  return `${problem.message} ${problem.remedy ?? ''}`;
}

/** Does one act at a time and takes its answer over at once; a refusal is kept to be shown. */
export function useAct() {
  const { live } = useConsole();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const act = async (attempt: () => Promise<AlertView>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const alert = await attempt();
      live.take({ id: 0, atMs: alert.changedAtMs, kind: 'alert', alert });
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { act, busy, problem };
}
