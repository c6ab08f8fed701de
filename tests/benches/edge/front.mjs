// The module of the rig that stands in front of a measured Worker, so that no query about an order of an earlier scenario
// falls into a later one. All else is the Worker's own.
//
// Every alarm rings an hour later. And the Worker's clock goes a thousand times slower: an order that is woken after its
// first query was due asks at once, in the middle of what is measured. In the field its alarm has done that before.
//
// The Worker holds back the answers of a flood of forgeries (routes/forgery_limits.rs), and what a bench sends is one. Here they
// wait for a turn of the loop instead of nearly a second. The Worker has no other wait of this length.
//
// The alarm is changed for all objects at once, where they inherit it from: a storage of its own for each object would cost
// time in every call that is measured.

const HOUR_MS = 3_600_000;
const SLOWER = 1_000;
const HELD_MS = 950;

/** The modules with the front before them, which exports the same class for orders. `since` is when the clock was right. */
export function behindFront({ modules, className }, since) {
  const [main, ...others] = modules;
  return [{ type: 'ESModule', name: 'front.mjs', contents: front(main.name, className, since) }, main, ...others];
}

function front(main, className, since) {
  return `
    import worker, { ${className} as Real } from './${main}';
    export default worker;

    const now = Date.now.bind(Date);
    Date.now = () => ${since} + Math.trunc((now() - ${since}) / ${SLOWER});

    const later = globalThis.setTimeout.bind(globalThis);
    globalThis.setTimeout = (act, ms, ...given) => later(act, ms === ${HELD_MS} ? 0 : ms, ...given);

    let isPutOff = false;
    function putOff(storage) {
      if (isPutOff) return;
      const kind = Object.getPrototypeOf(storage);
      const { setAlarm } = kind;
      kind.setAlarm = function (at, ...rest) {
        return setAlarm.call(this, Number(at) + ${HOUR_MS}, ...rest);
      };
      isPutOff = true;
    }

    export class ${className} extends Real {
      constructor(state, env) {
        putOff(state.storage);
        super(state, env);
      }
    }
  `;
}
