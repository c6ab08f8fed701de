// How the peer's routes call an order's object: by RPC, as JavaScript Workers do.

export function call(stub, method, argument) {
  return stub[method](argument);
}

export function served(Class) {
  return Class;
}
