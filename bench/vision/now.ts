/** Milliseconds of the clock that all processes of a machine share (CLOCK_MONOTONIC), so that instants of two processes compare. */
export const sharedMs = (): number => Number(process.hrtime.bigint()) / 1e6;
