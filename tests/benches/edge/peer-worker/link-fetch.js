// How the peer's routes call an order's object: by a request with JSON, as a Worker in Rust does.

const METHODS = ['create', 'status', 'pay'];
const ORIGIN = 'https://order/';

export async function call(stub, method, argument) {
  const response = await stub.fetch(ORIGIN + method, { method: 'POST', body: JSON.stringify(argument) });
  return response.json();
}

export function served(Class) {
  return class extends Class {
    async fetch(request) {
      const method = request.url.slice(ORIGIN.length);
      if (!METHODS.includes(method)) return new Response(null, { status: 404 });
      return Response.json((await this[method](await request.json())) ?? null);
    }
  };
}
