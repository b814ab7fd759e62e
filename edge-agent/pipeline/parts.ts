import type { Engine, EngineEvent } from '@tocsin/rules/engine';
import type { OrderMemory } from '../actuators/plan/order-memory.ts';
import type { Plan } from '../actuators/plan/plan.ts';
import type { Validator } from '../sensors/validation/validation.ts';
import type { Site } from '../site/types.ts';
import type { Stream } from './layout.ts';
import type { TroubleBook } from './trouble-book.ts';
import type { PipelineEffect } from './types.ts';
import type { Wishes } from './wishes.ts';

/** The parts of a pipeline, joined for one site. */
export type Parts = {
  site: Site;
  validator: Validator;
  engine: Engine;
  plan: Plan;
  wishes: Wishes;
  book: TroubleBook;
  /** By device and channel. */
  streams: ReadonlyMap<string, ReadonlyMap<string, Stream>>;
  alertOrders: OrderMemory & { isDirty: boolean };
  /** Why the gateway's clock is doubted: it was seen to jump, or the shell knows that nobody sets it. */
  clockDoubts: { jump?: string; shell?: string; isDirty: boolean };
  /** Reused for every reading, because this is the one path that must not make garbage. */
  reading: Extract<EngineEvent, { kind: 'reading' }>;
};

/** Effects of the event at hand, in the order in which they were caused. */
export type Effects = PipelineEffect[];
