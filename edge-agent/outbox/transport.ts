/** What the link tells; `connected` means that messages from the cloud arrive from now on. */
export type TransportListener = {
  connected(): void;
  closed(why: string): void;
  message(topic: string, payload: Uint8Array, retained: boolean): void;
};

/**
 * The link to the cloud's broker. It connects again by itself for as long as it is started. A message handed over may be lost,
 * repeated or late: nobody above trusts it before the cloud's own answer.
 */
export type Transport = {
  start(listener: TransportListener): void;
  /** Hands one message to the link; dropped while it is not connected. */
  publish(topic: string, payload: Uint8Array | string, options?: { retain?: boolean; qos?: 0 | 1 }): void;
  stop(): Promise<void>;
};
