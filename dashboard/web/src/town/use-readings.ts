import type { LatestReading } from '@tocsin/contracts';
import { useEffect, useRef, useState } from 'react';
import { api } from '../api.ts';

const pollEveryMs = 2_000;
/** The curve of a card covers this much. */
export const curveMs = 5 * 60_000;
const curvePoints = 120;
/** Curves are fetched for as many channels as a card shows at first. */
export const channelsMax = 6;

export type Channel = { reading: LatestReading; curve: [atMs: number, value: number][] };

/** The newest readings of a site, polled, each with a curve that grows as they come. */
export function useReadings(site: string): Channel[] | undefined {
  const [channels, setChannels] = useState<Channel[]>();
  const curves = useRef(new Map<string, [number, number][]>());
  useEffect(() => {
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const grow = (reading: LatestReading) => {
      const key = `${reading.device}/${reading.channel}`;
      const curve = (curves.current.get(key) ?? []).filter(([atMs]) => atMs > reading.takenAtMs - curveMs);
      if ((curve.at(-1)?.[0] ?? 0) < reading.takenAtMs) curve.push([reading.takenAtMs, reading.value]);
      curves.current.set(key, curve);
      return { reading, curve };
    };
    const begin = async (readings: readonly LatestReading[]) => {
      const fresh = readings.filter(({ device, channel }) => !curves.current.has(`${device}/${channel}`));
      await Promise.all(
        fresh.slice(0, channelsMax).map(async ({ device, channel, takenAtMs }) => {
          const query = {
            site,
            device,
            channel,
            fromMs: takenAtMs - curveMs,
            toMs: takenAtMs + 1,
            points: curvePoints,
          };
          const past = await api.range(query).catch(() => undefined);
          const curve = past?.tMs.map((atMs, index): [number, number] => [atMs, past.avg[index]!]) ?? [];
          curves.current.set(`${device}/${channel}`, curve);
        }),
      );
    };
    const poll = async () => {
      try {
        const { readings } = await api.latest(site);
        await begin(readings);
        if (current) setChannels(readings.map(grow));
      } catch {
        // The banner tells when the server is gone; old values stay, with their age.
      }
      if (current) timer = setTimeout(poll, pollEveryMs);
    };
    void poll();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [site]);
  return channels;
}
