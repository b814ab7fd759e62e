import type { Clock, Logger, Secret } from '@tocsin/contracts';
import type { TSchema } from 'typebox';
import type { Frame } from '../vision/types.ts';

/** The entry `source` of a checked camera, with every default filled in; other fields belong to its kind. */
export type SourceConfig = { kind: string } & Record<string, unknown>;

/** The field broker as a camera sees it: one topic, whose messages may have been kept (`retained`) from earlier. */
export type FieldPictures = {
  /** Hears the messages of one topic; the returned function ends that. */
  subscribe(topic: string, listener: (payload: Uint8Array, retained: boolean) => void): () => void;
};

/** What the host gives an open source. */
export type SourceHost = {
  clock: Clock;
  logger: Logger;
  /** Uniform in [0, 1); spreads reconnections. */
  random(): number;
  /** Throws a Fault when the secret cannot be had. */
  readSecret(secret: Secret): string;
  /** Folder of the site file; relative paths start there. */
  directory: string;
  /** Most pictures wanted in a second; sources that choose their rate themselves keep to it. */
  framesPerSecond: number;
  /** Absent where no field broker is. */
  field?: FieldPictures;
  /** Hands a whole, checked picture over; must return at once. */
  emit(frame: Frame): void;
  /** Why no pictures come, told once for each reason; undefined when they come again. Never holds a secret. */
  trouble(why: string | undefined): void;
};

/** What a source did since it was opened; every picture or byte that was not taken is counted. */
export type SourceCounters = {
  /** Pictures handed over. */
  pictures: number;
  /** Pictures that were not taken: broken, too large, no JPEG, or kept by a broker from earlier. */
  refused: number;
  /** Bytes that belonged to no picture that was handed over, part headers included. */
  skippedBytes: number;
  /** Times the connection could not be made, or ended. */
  failures: number;
};

/** A source that gives pictures from `start` until `stop` has resolved; it can be started once. */
export type OpenSource = { start(): void; stop(): Promise<void>; counters(): SourceCounters };

/** A kind of connection to a camera. `schema` is that of the whole entry `source` in the site file. */
export type CameraSource = {
  kind: string;
  schema: TSchema;
  /** What the schema cannot say; in the form of a device's or driver's check. */
  check?(config: SourceConfig, context: { directory: string }): string[];
  /** Touches nothing before `start`. */
  open(config: SourceConfig, host: SourceHost): OpenSource;
};
