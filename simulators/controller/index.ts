export type { AgentFault } from './agent.ts';
export * from './machine.ts';
export * from './monitor.ts';
export * from './ntcip.ts';
export * from './outputs.ts';
export * from './outstation.ts';
export * from './plan.ts';
export * from './watched.ts';
