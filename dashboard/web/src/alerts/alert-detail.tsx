import { Button, CloseButton } from '@mantine/core';
import type { AlertView, AlertDetail as Detail } from '@tocsin/contracts';
import { type ReactNode, useEffect, useState } from 'react';
import { api } from '../api.ts';
import { useLive, useNowMs } from '../live/use-live.ts';
import { ago, alertNotes, certaintyWords, clockTime, conditionWord, urgencyWords } from '../words.ts';
import { ActuatorCard } from './actuator-card.tsx';
import { AlertActs } from './alert-acts.tsx';
import { EvidenceChart } from './evidence-chart.tsx';
import { EvidenceFrames } from './evidence-frames.tsx';
import { SeverityMark } from './severity-mark.tsx';
import { TimeLadder } from './time-ladder.tsx';
import { Transitions } from './transitions.tsx';

type Props = { alertKey: string; onClose(): void };

/** Everything about one alert: why it is believed, what was done and confirmed, and what to do next. */
export function AlertDetail({ alertKey, onClose }: Props) {
  const { world } = useLive();
  const nowMs = useNowMs();
  const row = world.alerts.get(alertKey);
  const { detail, failed } = useDetail(alertKey, row?.version);
  const alert = row ?? detail?.alert;
  if (!alert) {
    return (
      <article className="detail">
        <div className="detail-bar">
          <CloseButton aria-label="Close this alert" onClick={onClose} />
        </div>
        <p className="quiet">{failed ? 'There is no such alert.' : 'Asking the server…'}</p>
      </article>
    );
  }
  const site = world.sites.get(alert.site);
  const actuators = alert.actuators.map((truth) => world.actuators.get(`${truth.site}/${truth.actuator}`) ?? truth);
  return (
    <article className="detail" aria-label={`Alert: ${alert.event}`}>
      <DetailHead alert={alert} siteName={site?.descriptor?.name ?? alert.site} nowMs={nowMs} onClose={onClose} />
      <div className="detail-body">
        {alert.disagreement && <p className="warn-line">⚠ {alert.disagreement}</p>}
        {alert.advice && (
          <Section title="What to do">
            <p className="advice">{alert.advice}</p>
          </Section>
        )}
        <Why alert={alert} />
        {detail && detail.pictures.length > 0 && (
          <Section title="Pictures">
            <EvidenceFrames pictures={detail.pictures} alert={alert} nowMs={nowMs} />
          </Section>
        )}
        <Section title="Evidence">
          <Evidence detail={detail} alert={alert} failed={failed} />
        </Section>
        <Section title="What was done">
          {actuators.length === 0 && (
            <p className="quiet-small">No actuator belongs to this alert. Nothing was moved.</p>
          )}
          <div className="actuators">
            {actuators.map((truth) => (
              <ActuatorCard key={truth.actuator} truth={truth} nowMs={nowMs} />
            ))}
          </div>
        </Section>
        <Section title="When">
          <TimeLadder ladder={alert.ladder} nowMs={nowMs} />
        </Section>
        <Section title="History">
          {detail ? <Transitions transitions={detail.transitions} nowMs={nowMs} /> : <p className="quiet-small">…</p>}
        </Section>
        <p className="fine-print">
          {alert.key} · rule version {detail?.transitions.at(-1)?.transition.ruleVersion ?? '…'}
        </p>
      </div>
    </article>
  );
}

type HeadProps = { alert: AlertView; siteName: string; nowMs: number; onClose(): void };

function DetailHead({ alert, siteName, nowMs, onClose }: HeadProps) {
  return (
    <header className={`detail-head detail-${alert.severity.toLowerCase()}`}>
      <div className="detail-bar">
        <SeverityMark severity={alert.severity} ended={alert.condition === 'normal'} />
        <span className={`class-word class-${alert.class}`}>{alert.class}</span>
        <span className={`chip chip-${alert.condition}`}>{conditionWord(alert)}</span>
        {alertNotes(alert).map((note) => (
          <span key={note} className="chip chip-note">
            {note}
          </span>
        ))}
        <CloseButton ml="auto" aria-label="Close this alert" onClick={onClose} />
      </div>
      <h2 className="detail-title">{alert.event}</h2>
      <p className="detail-where">
        {siteName} · {alert.subject} · since {clockTime(alert.raisedAtMs, nowMs)} ({ago(alert.raisedAtMs, nowMs)})
        {alert.occurrence > 1 && ` · occurrence ${alert.occurrence}`}
      </p>
      <AlertActs alert={alert} />
    </header>
  );
}

/** A titled part of the detail. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="section">
      <h3 className="section-title">{title}</h3>
      {children}
    </section>
  );
}

function Why({ alert }: { alert: AlertView }) {
  return (
    <Section title="Why it is believed">
      <p className="certainty">
        <strong>{certaintyWords[alert.certainty]}</strong>; {urgencyWords[alert.urgency]}
        {alert.data !== 'good' && ' — but the data behind it are no longer fresh'}
      </p>
      <ul className="reasons">
        {alert.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </Section>
  );
}

function Evidence({ detail, alert, failed }: { detail: Detail | undefined; alert: AlertView; failed: boolean }) {
  const [all, setAll] = useState(false);
  if (!detail)
    return <p className="quiet-small">{failed ? 'The evidence cannot be fetched now.' : 'Fetching the samples…'}</p>;
  if (detail.evidence.length === 0) return <p className="quiet-small">The rule gave no samples with this decision.</p>;
  const shown = all ? detail.evidence : detail.evidence.slice(0, 3);
  return (
    <>
      {shown.map((evidence) => (
        <EvidenceChart key={`${evidence.device}/${evidence.channel}`} evidence={evidence} alert={alert} />
      ))}
      {shown.length < detail.evidence.length && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
          {detail.evidence.length - shown.length} more
        </Button>
      )}
    </>
  );
}

/** The detail of an alert, fetched anew whenever its row changes; the last answer stays until the next. */
function useDetail(key: string, version: number | undefined) {
  const [detail, setDetail] = useState<Detail>();
  const [failed, setFailed] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version of the row is what asks for a new detail.
  useEffect(() => {
    let current = true;
    api.alert(key).then(
      (answer) => {
        if (!current) return;
        setDetail(answer);
        setFailed(false);
      },
      () => current && setFailed(true),
    );
    return () => {
      current = false;
    };
  }, [key, version]);
  return { detail: detail?.alert.key === key ? detail : undefined, failed };
}
