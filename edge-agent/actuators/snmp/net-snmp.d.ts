/** The part of net-snmp 3.29 that Tocsin uses; the package brings no types. */
declare module 'net-snmp' {
  type Varbind = { oid: string; type: number; value?: unknown };
  type SessionOptions = {
    port: number;
    version: number;
    timeout: number;
    retries: number;
    transport: 'udp4' | 'udp6';
    reportOidMismatchErrors: boolean;
    dgramModule?: { createSocket(type: 'udp4' | 'udp6'): import('node:dgram').Socket };
  };
  type Session = {
    get(oids: readonly string[], done: (error: Error | null, varbinds?: Varbind[]) => void): void;
    set(varbinds: readonly Varbind[], done: (error: Error | null, varbinds?: Varbind[]) => void): void;
    close(): void;
    on(event: 'error', heard: (error: Error) => void): void;
  };
  type MibRequest = {
    operation: number;
    oid: string;
    instanceNode: { value: unknown };
    setValue?: unknown;
    /** True in the first of the two passes of a SET, which must change nothing. */
    testSet?: boolean;
    done(error?: { errorStatus: number }): void;
  };
  type Column = {
    number: number;
    name: string;
    type: number;
    maxAccess: number;
    constraints?: { ranges?: { min: number; max: number }[] };
  };
  type Provider = {
    name: string;
    type: number;
    oid: string;
    scalarType?: number;
    maxAccess?: number;
    tableColumns?: Column[];
    tableIndex?: { columnName: string }[];
    handler(request: MibRequest): void;
  };
  type Mib = {
    registerProvider(provider: Provider): void;
    setScalarValue(name: string, value: unknown): void;
    addTableRow(name: string, row: unknown[]): void;
  };
  type Agent = {
    getMib(): Mib;
    getAuthorizer(): { addCommunity(community: string): void; getAccessControlModel(): AccessModel };
    close(done?: () => void): void;
  };
  type AccessModel = { setCommunityAccess(community: string, level: number): void };
  type AgentOptions = {
    port: number;
    address: string;
    transport: 'udp4' | 'udp6';
    accessControlModelType: number;
    dgramModule?: { createSocket(type: 'udp4' | 'udp6'): import('node:dgram').Socket };
  };
  const snmp: {
    Version1: number;
    ObjectType: Record<'Integer' | 'OctetString' | 'TimeTicks' | 'Null', number>;
    PduType: Record<'GetRequest' | 'GetNextRequest' | 'SetRequest', number>;
    ErrorStatus: Record<'BadValue' | 'NoSuchName' | 'GeneralError', number>;
    MibProviderType: Record<'Scalar' | 'Table', number>;
    MaxAccess: Record<'not-accessible' | 'read-only' | 'read-write', number>;
    AccessControlModelType: Record<'Simple', number>;
    AccessLevel: Record<'ReadOnly' | 'ReadWrite', number>;
    RequestFailedError: new (message: string, status: number) => Error & { status: number };
    RequestTimedOutError: new (message: string) => Error & { name: 'RequestTimedOutError' };
    createSession(target: string, community: string, options: SessionOptions): Session;
    createAgent(options: AgentOptions, heard: (error: Error | null) => void): Agent;
  };
  export default snmp;
  export type { Agent, Mib, MibRequest, Provider, Session, Varbind };
}
