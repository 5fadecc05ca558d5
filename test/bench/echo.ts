/** A function that does nothing but answer its body: what functions-framework itself costs. */
import { http } from '@google-cloud/functions-framework';

http('echo', (request, response) => {
  response.json(request.body);
});
