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
  const allowed = mayAct.has(me.role);
  const latched = alert.latch === 'latched';
  const blind = link === 'stale';
  return (
    <div className="acts">
      {alert.operator === 'acknowledged' && <Acknowledged alert={alert} nowMs={nowMs} />}
      {alert.operator === 'unacknowledged' && allowed && (
        <ActForm
          label="Note (optional)"
          action="Acknowledge"
          busy={busy}
          blind={blind}
          submit={(note) => act(() => api.acknowledge(alert.key, note))}
        />
      )}
      {alert.operator === 'unacknowledged' && !allowed && (
        <p className="quiet-small">As a viewer you cannot acknowledge.</p>
      )}
      {latched && alert.condition === 'active' && (
        <p className="quiet-small">Latched: it stays after the cause is gone, until somebody resets it.</p>
      )}
      {latched && alert.condition !== 'active' && allowed && (
        <ActForm
          label="Reason for the reset"
          action="Reset"
          busy={busy}
          blind={blind}
          lengthMin={3}
          submit={(reason) => act(() => api.reset(alert.key, reason))}
        />
      )}
      <div role="alert">{problem && <p className="warn-line">{wordsOf(problem, alert, nowMs)}</p>}</div>
    </div>
  );
}

function Acknowledged({ alert, nowMs }: { alert: AlertView; nowMs: number }) {
  return (
    <p className="acked">
      ✓ Acknowledged by <strong>{alert.acknowledgedBy ?? 'somebody'}</strong>
      {alert.ladder.acknowledgedAtMs !== undefined && ` at ${clockTime(alert.ladder.acknowledgedAtMs, nowMs)}`}
      {alert.note && <span className="acked-note">“{alert.note}”</span>}
    </p>
  );
}

type FormProps = {
  label: string;
  action: string;
  busy: boolean;
  /** Nobody acts on what may no longer be true. */
  blind: boolean;
  /** How much must be said; 0 when nothing need be. */
  lengthMin?: number;
  submit(text: string): Promise<boolean>;
};

function ActForm({ label, action, busy, blind, lengthMin = 0, submit }: FormProps) {
  const [text, setText] = useState('');
  const needed = lengthMin > 0;
  return (
    <form
      className="act"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(text).then((done) => done && setText(''));
      }}
    >
      <TextInput
        aria-label={label}
        placeholder={needed ? `${label} (needed)` : label}
        required={needed}
        maxLength={500}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant={needed ? 'default' : 'filled'}
        loading={busy}
        disabled={blind || text.trim().length < lengthMin}
        data-act={action.toLowerCase()}
      >
        {action}
      </Button>
    </form>
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
