import { hiresLog } from './hires-log/hires-log.ts';
import { jsonPath } from './json-path/json-path.ts';
import { senmlJson } from './senml-json/senml-json.ts';
import type { SensorFormat } from './types.ts';

export {
  type HiresEvent,
  instantsOf,
  knownCodes,
  type SignalName,
  type SignalSource,
  stateAfter,
} from './hires-log/events.ts';
export type * from './types.ts';

/** Every format a device may write its payloads in; a new one is a folder and a line here. */
export const formats = [jsonPath, senmlJson, hiresLog] as const satisfies readonly SensorFormat[];

/** The schemas of a device entry in the site file, one per format. */
export const formatSchemas = formats.map(({ device }) => device);

/** The format of that name, or undefined when there is none. */
export function formatOf(name: string): SensorFormat | undefined {
  return formats.find(({ format }) => format === name);
}
