import { Button } from '@mantine/core';
import type { SiteView } from '@tocsin/contracts';
import { isOpen } from '@tocsin/contracts/desk';
import { flagsOf } from '@tocsin/contracts/reading';
import { useState } from 'react';
import { SeverityMark } from '../alerts/severity-mark.tsx';
import { useLive, useNowMs } from '../live/use-live.ts';
import { actuatorWord, ago, duration, severityRank, siteState, unitWord, valueText } from '../words.ts';
import { CameraPanel } from './camera-panel.tsx';
import { Sparkline } from './sparkline.tsx';
import { type Channel, channelsMax, useReadings } from './use-readings.ts';

const marks = { good: '✓', wait: '…', bad: '✗', plain: '–' } as const;

/** One site at a glance: what it measures, what is wrong, what its actuators say. */
export function SiteCard({ view, onOpen }: { view: SiteView; onOpen(key: string): void }) {
  const { world } = useLive();
  const nowMs = useNowMs();
  const state = siteState(view, nowMs);
  const open = [...world.alerts.values()].filter((alert) => alert.site === view.site && isOpen(alert));
  open.sort((a, b) => severityRank[a.severity] - severityRank[b.severity]);
  const truths = [...world.actuators.values()].filter((truth) => truth.site === view.site);
  const { descriptor, status } = view;
  return (
    <section className="card" aria-label={descriptor?.name ?? view.site}>
      <header className="card-head">
        <h3>{descriptor?.name ?? view.site}</h3>
        <span className={`site-state site-${state.replace(' ', '-')}`}>{state}</span>
      </header>
      <p className="card-line">
        {view.site}
        {descriptor && descriptor.mode !== 'live' && ` · ${descriptor.mode} mode: nothing is moved`}
        {status && status.queued > 0 && ` · ${status.queued} batches waiting`}
        {view.skewMs !== undefined && Math.abs(view.skewMs) > 1_000 && ` · clock off by ${duration(view.skewMs)}`}
      </p>
      {status?.problems.slice(0, 2).map((problem) => (
        <p key={problem} className="warn-line">
          {problem}
        </p>
      ))}
      {open.slice(0, 3).map((alert) => (
        <button key={alert.key} type="button" className="card-alert" onClick={() => onOpen(alert.key)}>
          <SeverityMark severity={alert.severity} ended={alert.condition === 'normal'} word={false} />
          <span>{alert.event}</span>
        </button>
      ))}
      {open.length > 3 && <p className="quiet-small">and {open.length - 3} more alerts</p>}
      {open.length === 0 && <p className="card-quiet">No open alert</p>}
      <CameraPanel site={view.site} />
      <Readings view={view} nowMs={nowMs} />
      {truths.length > 0 && (
        <ul className="card-actuators">
          {truths.map((truth) => {
            const { word, tone } = actuatorWord(truth);
            const name =
              descriptor?.actuators.find(({ actuator }) => actuator === truth.actuator)?.name ?? truth.actuator;
            return (
              <li key={truth.actuator}>
                <span>{name}</span>
                <strong>{truth.confirmed ?? 'unknown'}</strong>
                <span className={`tone-word tone-word-${tone}`}>
                  <span aria-hidden="true">{marks[tone]}</span> {word}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function Readings({ view, nowMs }: { view: SiteView; nowMs: number }) {
  const channels = useReadings(view.site);
  const [all, setAll] = useState(false);
  if (!channels) return <p className="quiet-small">Fetching readings…</p>;
  if (channels.length === 0) return <p className="quiet-small">No reading is stored yet.</p>;
  const sorted = inOrderOfDescription(view, channels);
  const shown = all ? sorted : sorted.slice(0, channelsMax);
  return (
    <>
      <ul className="readings">
        {shown.map(({ reading, curve }) => (
          <li key={`${reading.device}/${reading.channel}`}>
            <ReadingName view={view} reading={reading} />
            <Sparkline points={curve} />
            <span className="reading-value">
              {valueText(reading.value)} <small>{unitWord(reading.unit)}</small>
            </span>
            <span className="reading-age">
              {flagsOf(reading.quality).length > 0
                ? flagsOf(reading.quality).join(', ')
                : ago(reading.takenAtMs, nowMs)}
            </span>
          </li>
        ))}
      </ul>
      {sorted.length > channelsMax && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)}>
          {all ? 'Fewer' : `${sorted.length - channelsMax} more`}
        </Button>
      )}
    </>
  );
}

/** What is measured comes first, because a narrow card cuts the end off. */
function ReadingName({ view: { descriptor }, reading }: { view: SiteView; reading: Channel['reading'] }) {
  const device = descriptor?.devices.find((other) => other.device === reading.device);
  const channel = device?.channels.find((other) => other.channel === reading.channel);
  const where = device?.name ?? reading.device;
  const what = channel?.name ?? reading.channel;
  return (
    <span className="reading-name" title={`${what}, ${where}`}>
      {what} <small>{where}</small>
    </span>
  );
}

/** Measured channels in the order of the site file, then what models derive from them. */
function inOrderOfDescription({ descriptor }: SiteView, channels: readonly Channel[]): Channel[] {
  const order =
    descriptor?.devices.flatMap(({ device, channels: own }) => own.map(({ channel }) => `${device}/${channel}`)) ?? [];
  const rank = ({ reading }: Channel) => {
    const at = order.indexOf(`${reading.device}/${reading.channel}`);
    return at < 0 ? order.length : at;
  };
  return [...channels].sort((a, b) => rank(a) - rank(b));
}
