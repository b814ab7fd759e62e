export type { Breaker, BreakerEvent, BreakerMove, BreakerPlace, BreakerStory } from './breaker.ts';
export type { Framing } from './framing.ts';
export * from './panel.ts';
export * from './server.ts';
