// The source of a helper of the modules that tests put in front of the Worker. They run in workerd, where they cannot import it.

export const BUT = `
/** The same object, but for some of its members. */
function but(real, members) {
  return new Proxy(real, {
    get(_, name) {
      if (Object.hasOwn(members, name)) return members[name];
      const member = Reflect.get(real, name, real);
      return typeof member === 'function' ? member.bind(real) : member;
    },
  });
}
`;
