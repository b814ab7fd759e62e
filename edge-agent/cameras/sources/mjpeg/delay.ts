/** Fastest that two clocks drift apart: 200 parts in a million, two cheap crystals at the edge of their ±100. */
const driftShare = 200e-6;
export type DelayMeter = {
  /**
   * How long a picture was under way beyond the quickest one: `deviceMs` is the camera's word, from any origin; `arrivedMs` is monotonic.
   * Never negative. It only grows as fast as time passes, so a long one is a stream that fell behind, and no clock that was set.
   */
  delayMs(deviceMs: number, arrivedMs: number): number;
};

/**
 * Measures the delay of pictures by the camera's own stamps without believing its clock: only the difference between stamp and arrival is
 * looked at, and how far it is above the smallest seen. A camera an hour off, or one that counts from its start, serves as well as a right
 * one, while a stream that falls behind is seen at once and not forgotten: the smallest difference may rise only as fast as clocks drift.
 */
export function createDelayMeter(): DelayMeter {
  let last: { deviceMs: number; arrivedMs: number; quickestMs: number } | undefined;
  return {
    delayMs(deviceMs, arrivedMs) {
      const apartMs = arrivedMs - deviceMs;
      // A camera whose time goes back was set anew.
      if (last === undefined || deviceMs < last.deviceMs) {
        last = { deviceMs, arrivedMs, quickestMs: apartMs };
        return 0;
      }
      const driftMs = (arrivedMs - last.arrivedMs) * driftShare;
      const quickestMs = Math.min(apartMs, last.quickestMs + driftMs);
      last = { deviceMs, arrivedMs, quickestMs };
      return apartMs - quickestMs;
    },
  };
}

/** Reads the stamp out of the bytes before a picture: `X-Timestamp` in seconds, as mjpg-streamer and ESP32 cameras send it. */
export function stampOf(gap: Uint8Array): number | undefined {
  const text = Buffer.from(gap.buffer, gap.byteOffset, gap.byteLength).toString('latin1');
  const [, seconds] = [...text.matchAll(/^x-timestamp:[ \t]*(\d{1,12}(?:\.\d{1,9})?)[ \t]*\r?$/gim)].at(-1) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
