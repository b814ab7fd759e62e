import { type Descriptor, encodeBatch, type Lane, topics } from '@tocsin/contracts';

/** A fleet whose sites have 100 series each; values are random walks with two decimals, one reading a second. */
export const seriesPerSite = 100;
export const startMs = Date.UTC(2026, 10, 22);

export type Message = { topic: string; payload: Uint8Array };
export type Load = { messages: Message[]; readings: number; sites: number };

const deviceName = (series: number) => `sensor-${String(series).padStart(3, '0')}`;
export const siteName = (site: number) => `site-${String(site).padStart(4, '0')}`;
export const channel = 'opening';

/** A seeded source of chance, so that every run stores the same readings. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a site tells of itself, so that units and ranges are judged. */
export function descriptorOf(site: number): Message {
  const devices = Array.from({ length: seriesPerSite }, (_, series) => ({
    device: deviceName(series),
    format: 'json-path',
    channels: [{ channel, unit: 'mm', min: -10_000, max: 10_000 }],
  }));
  const descriptor: Descriptor = {
    v: 1,
    site: siteName(site),
    name: siteName(site),
    version: 'bench',
    configHash: 'bench',
    mode: 'live',
    devices,
    rules: [],
    actuators: [],
  };
  return { topic: topics.descriptor(descriptor.site), payload: Buffer.from(JSON.stringify(descriptor)) };
}

/** Batches of `batch` readings from `sites` sites in turn, ready to send. `batch` is 1, 10, or a multiple of 100. */
export function loadOf({ readings, batch, sites }: { readings: number; batch: number; sites: number }): Load {
  const chance = chanceFrom(7);
  const values = new Float64Array(sites * seriesPerSite).fill(100);
  const seen = new Float64Array(sites * seriesPerSite);
  const seqs = new Float64Array(sites);
  const inBatch = Math.min(batch, seriesPerSite);
  const count = Math.ceil(readings / batch);
  const lane: Lane = 'live';
  const messages: Message[] = [];
  for (let n = 0; n < count; n += 1) {
    const site = n % sites;
    const first = inBatch === seriesPerSite ? 0 : (Math.floor(n / sites) * inBatch) % seriesPerSite;
    const series = Uint16Array.from({ length: batch }, (_, i) => i % inBatch);
    const at = (i: number) => site * seriesPerSite + first + series[i]!;
    const takenAtMs = Float64Array.from(series, (_, i) => {
      seen[at(i)]! += 1;
      return startMs + seen[at(i)]! * 1_000;
    });
    const value = Float64Array.from(series, (_, i) => {
      values[at(i)] = Math.round((values[at(i)]! + chance() - 0.5) * 100) / 100;
      return values[at(i)]!;
    });
    seqs[site]! += 1;
    const payload = encodeBatch({
      site: siteName(site),
      epoch: 'bench',
      lane,
      seq: seqs[site]!,
      sentAtMs: startMs,
      series: Array.from({ length: inBatch }, (_, i) => ({ device: deviceName(first + i), channel, unit: 'mm' })),
      columns: { series, takenAtMs, value, quality: new Uint8Array(batch) },
      events: [],
    });
    // A copy of its own: the encoder answers views of one large buffer.
    messages.push({ topic: topics.up(siteName(site), lane), payload: Uint8Array.from(payload) });
  }
  return { messages, readings: count * batch, sites };
}
