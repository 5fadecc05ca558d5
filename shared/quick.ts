/** Checks of what came as JSON that cost little where it is as it should be: a start waits for them. */
import * as z from 'zod/mini';

type Schema<T> = z.core.$ZodType<T>;

/**
 * Takes what is fit as it is; has the schema say of anything else whether it is after all, or why not.
 *
 * @param isFit true only for what the schema takes and leaves as it is
 */
export const quickly = <T>(isFit: (value: unknown) => boolean, schema: Schema<T>) =>
  chosen((value) => (isFit(value) ? undefined : schema));

/**
 * One of several forms, told apart before any is tried. A union would try them in turn, and describe in
 * full why each was in vain.
 */
export const either = <T extends Schema<unknown>>(formOf: (value: unknown) => T) =>
  chosen<z.output<T>>(formOf as (value: unknown) => Schema<z.output<T>>);

/** Checks a value by the schema that is chosen for it; without one it is taken. */
const chosen = <T>(schemaOf: (value: unknown) => Schema<T> | undefined): z.ZodMiniType<T> =>
  z.unknown().check((context) => {
    const schema = schemaOf(context.value);
    if (!schema) return;
    const result = z.safeParse(schema, context.value, { jitless: true });
    if (result.success) context.value = result.data;
    else context.issues.push(...(result.error.issues as typeof context.issues));
  }) as z.ZodMiniType<unknown> as z.ZodMiniType<T>;

/** Whether a value is an object, and neither null nor a list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isListOf =
  (isItem: (value: unknown) => boolean, most = Number.POSITIVE_INFINITY) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.length <= most && value.every(isItem);

export const isNumber = (value: unknown): boolean => Number.isFinite(value);
