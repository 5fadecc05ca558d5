/**
 * Onnxruntime, which nobody else imports: since 1.29 its Linux builds collect what they run (names and
 * hashes of models, machine, durations), keep it in `~/.cache/Microsoft`, and some seconds after the
 * first session send it to mobile.events.data.microsoft.com.
 * https://github.com/microsoft/onnxruntime/pull/27379
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';

// Read once, when the process makes its first session; no call of the library's refuses as much. Of
// the main thread's environment alone does native code learn.
process.env.ORT_DISABLE_TELEMETRY = '1';

export { InferenceSession, Tensor };
