import { useMantineColorScheme } from '@mantine/core';
import type { AlertView, Evidence, RangeResult } from '@tocsin/contracts';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api.ts';
import { useLive } from '../live/use-live.ts';
import { clockTime, unitWord, valueText } from '../words.ts';
import { drawEvidence } from './plot.ts';

/** As much before and after the samples as they cover, and at least this. */
const aroundMinMs = 120_000;
const refreshEveryMs = 10_000;

/** The samples that the rule saw, its limits, and what the sensor said before and since. */
export function EvidenceChart({ evidence, alert }: { evidence: Evidence; alert: AlertView }) {
  const { colorScheme } = useMantineColorScheme();
  const { world } = useLive();
  const box = useRef<HTMLDivElement>(null);
  const around = useAround(evidence, alert);
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read from the style sheet of the present theme.
  useEffect(
    () => (box.current ? drawEvidence(box.current, evidence, around) : undefined),
    [evidence, around, colorScheme],
  );

  const device = world.sites.get(alert.site)?.descriptor?.devices.find(({ device }) => device === evidence.device);
  const channel = device?.channels.find(({ channel }) => channel === evidence.channel);
  const name = `${device?.name ?? evidence.device}: ${channel?.name ?? evidence.channel}`;
  const unit = unitWord(evidence.unit);
  const last = evidence.points.at(-1);
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <span>{name}</span>
        {last && (
          <strong>
            {valueText(last[1])} {unit}
          </strong>
        )}
      </figcaption>
      <div ref={box} className="chart-box" aria-hidden="true" />
      <div className="chart-key" aria-hidden="true">
        <span className="key-line" /> what the rule saw
        <span className="key-around" /> before and since
        {evidence.limits.length > 0 && (
          <>
            <span className="key-limit" /> limits
          </>
        )}
      </div>
      <table className="visually-hidden">
        <caption>
          {name} in {unit}, the samples the rule saw. Limits:{' '}
          {evidence.limits.map(({ label, value }) => `${label} ${valueText(value)}`).join(', ') || 'none'}.
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {evidence.points.map(([atMs, value]) => (
            <tr key={atMs}>
              <td>{clockTime(atMs, alert.changedAtMs)}</td>
              <td>
                {valueText(value)} {unit}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

/** The series around the samples, fetched again while the alert lives. */
function useAround(evidence: Evidence, alert: AlertView): RangeResult | undefined {
  const [around, setAround] = useState<RangeResult>();
  const { offsetMs } = useLive();
  const firstMs = evidence.points[0]?.[0] ?? alert.raisedAtMs;
  const lastMs = evidence.points.at(-1)?.[0] ?? alert.raisedAtMs;
  const { site, condition } = alert;
  const { device, channel } = evidence;
  useEffect(() => {
    let current = true;
    const spanMs = Math.max(aroundMinMs, lastMs - firstMs);
    const fetchIt = () => {
      const toMs = Math.min(Date.now() + offsetMs, lastMs + spanMs);
      const query = { site, device, channel, fromMs: Math.floor(firstMs - spanMs), toMs: Math.ceil(toMs), points: 400 };
      if (query.toMs <= query.fromMs) return;
      // Without it the chart still shows what matters: the samples of the rule.
      api.range(query).then(
        (answer) => current && setAround(answer),
        () => {},
      );
    };
    fetchIt();
    const timer = condition === 'normal' ? undefined : setInterval(fetchIt, refreshEveryMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [site, device, channel, firstMs, lastMs, condition, offsetMs]);
  return around;
}
