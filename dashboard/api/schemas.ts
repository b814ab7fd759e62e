import { Fault, Name } from '@tocsin/contracts';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifySchemaCompiler,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** Tells Fastify's handlers the types that TypeBox schemas stand for. */
export interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** A Fastify instance whose routes are typed by their schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxProvider
>;

export const closed = { additionalProperties: false } as const;

/** What every refusal and failure looks like. */
export const Problem = Type.Object({
  code: Type.String({ description: 'A code of the faults table; programs decide by it.' }),
  message: Type.String({ description: 'What happened, for people.' }),
  remedy: Type.Optional(Type.String({ description: 'What the reader can do about it.' })),
});
export type Problem = Static<typeof Problem>;

/** The responses of a route: what it answers when all is well, and the problem it answers otherwise. */
export const answers = <T extends TSchema>(ok: T) => ({ 200: ok, '4xx': Problem, '5xx': Problem }) as const;

export const AlertParams = Type.Object({ site: Name, rule: Name, subject: Name }, closed);
export const SiteQuery = Type.Object({ site: Type.Optional(Name) }, closed);
export const Empty = Type.Object({}, closed);

type Property = { type?: string };

/** Numbers and booleans come as text in a query, and only there; anything else stays text and fails its check. */
function fromText(schema: TSchema, data: unknown): unknown {
  const properties = (schema as { properties?: Record<string, Property> }).properties ?? {};
  const entries = Object.entries(data as Record<string, unknown>).map(([key, value]) => {
    const type = Object.hasOwn(properties, key) ? properties[key]?.type : undefined;
    if (typeof value !== 'string') return [key, value];
    if ((type === 'number' || type === 'integer') && /^-?\d{1,16}(\.\d{1,6})?$/.test(value))
      return [key, Number(value)];
    if (type === 'boolean' && (value === 'true' || value === 'false')) return [key, value === 'true'];
    return [key, value];
  });
  return Object.fromEntries(entries);
}

/** Checks requests with TypeBox; nothing is coerced but numbers and booleans of the query, nothing unknown is let through. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema);
  return (data: unknown) => {
    const value = httpPart === 'querystring' ? fromText(schema, data) : data;
    if (check.Check(value)) return { value };
    const [first] = check.Errors(value);
    const where = first ? `${httpPart ?? 'request'}${first.instancePath}: ${first.message}` : 'it does not fit';
    return { error: new Fault('CONTRACT_BROKEN', `${where}.`) };
  };
};
