/** The least that a function can be: what a start of functions-framework itself costs. */
import { http } from '@google-cloud/functions-framework';

http('hello', (_, response) => {
  response.send('hello');
});
