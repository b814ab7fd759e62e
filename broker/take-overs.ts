/** How often each client id was taken over lately: instants (monotonic ms) per client id, oldest first. */
export type TakeOvers = Map<string, number[]>;

const windowMs = 60_000;
/** More than this many in a minute is not a device with a bad line but two devices with one identity. */
const perMinuteMax = 3;

/** Notes a take-over and answers whether there were more than three within a minute. */
export function noteTakeOver(takeOvers: TakeOvers, clientId: string, atMs: number): boolean {
  const recent = [...(takeOvers.get(clientId) ?? []), atMs]
    .filter((at) => atMs - at < windowMs)
    .slice(-perMinuteMax - 1);
  takeOvers.set(clientId, recent);
  return recent.length > perMinuteMax;
}
