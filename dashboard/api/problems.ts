import { Fault, type FaultCode, faults, type Logger } from '@tocsin/contracts';
import type { FastifyError, FastifyReply } from 'fastify';
import type { Api, Problem } from './schemas.ts';

/** How Fastify's own errors are called in the faults table. */
const codeOfStatus: Record<number, FaultCode> = {
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
};

/** Turns every error into `{ code, message, remedy? }` with the fault's status; what is not ours tells nothing of itself. */
export function answerProblems(app: Api, logger: Logger): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const fault = faultOf(error);
    if (!fault || fault.status >= 500)
      logger.error({ err: error, route: request.routeOptions.url }, 'a request failed');
    const internal: Problem = { code: 'INTERNAL', message: 'Something went wrong here; the log says what.' };
    return reply.code(fault?.status ?? 500).send(fault ? problemOf(fault) : internal);
  });
  app.setNotFoundHandler((_request, reply) => sendFault(reply, new Fault('NOT_FOUND', '')));
}

function faultOf(error: FastifyError): Fault | undefined {
  if (error instanceof Fault) return error;
  const { statusCode = 500 } = error;
  if (statusCode >= 500) return undefined;
  return new Fault(codeOfStatus[statusCode] ?? 'PAYLOAD_MALFORMED', '');
}

/** Answers with a fault outside a route's own error handling. */
export function sendFault(reply: FastifyReply, fault: Fault): FastifyReply {
  return reply.code(fault.status).send(problemOf(fault));
}

function problemOf(fault: Fault): Problem {
  const message = `${faults[fault.code].says} ${fault.detail}`.trim();
  return { code: fault.code, message, ...(fault.remedy ? { remedy: fault.remedy } : {}) };
}
