/**
 * Has zod check by walking its schemas. By itself it writes a function for each and has V8 compile it,
 * which pays for what is checked again and again: not for a bundle's documents, read once in a start that
 * somebody waits for. To be imported before any schema is made.
 */
import { config } from 'zod';

config({ jitless: true });
