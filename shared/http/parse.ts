import type * as z from 'zod';
import { badRequest, pointerTo } from '../errors.ts';

/** A body as its schema has it. @throws {AppError} 400 naming every fault by JSON pointer */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw badRequest(
    'The request does not fit its contract.',
    parsed.error.issues.map(({ path, message }) => ({
      pointer: pointerTo(path),
      problem: message,
    })),
  );
}
