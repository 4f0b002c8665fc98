// Draws what runs behind an element's output: the converters as a tree, and at its leaves who is fed, and why so.

/**
 * @typedef {object} Plan what is behind one output
 * @property {string} element
 * @property {string} kind
 * @property {string} format
 * @property {{converter: string, format: string, cpu: number, parent: number | null}[]} steps
 * @property {{name: string, step: number | null, served: boolean, reason: string}[]} sinks
 */

/**
 * @param {string} name
 * @param {string} className
 * @param {...(Node | string)} children
 */
function node(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** The plan of one output. @param {Plan} plan */
export function drawn(plan) {
  const title = node('h3', '', `${plan.kind[0]?.toUpperCase()}${plan.kind.slice(1)} of ${plan.element}`);
  return node('section', 'plan', title, node('p', 'format', plan.format), branches(plan, null));
}

/**
 * What takes from a step, or from the source.
 * @param {Plan} plan
 * @param {number | null} parent
 * @returns {HTMLElement}
 */
function branches(plan, parent) {
  const list = node('ul', '');
  plan.sinks.filter(sink => sink.step === parent && sink.served).forEach(sink => {
    list.append(node('li', 'sink', node('b', '', sink.name), ` ${sink.reason}`));
  });
  plan.steps.forEach((step, index) => {
    if (step.parent !== parent) return;
    const [library, work] = words(step.converter);
    const cost = `${step.cpu < 1 ? '< 1' : Math.round(step.cpu)} ms of CPU each second`;
    const detail = node('span', 'format', `${step.format} · ${library} · ${cost}`);
    list.append(node('li', 'step', node('b', '', work), node('br', ''), detail, branches(plan, index)));
  });
  if (parent === null) {
    plan.sinks.filter(sink => !sink.served).forEach(sink => {
      list.append(node('li', 'unserved', node('b', '', sink.name), ` ${sink.reason}`));
    });
  }
  return list;
}

/**
 * `vpx/vp8-encode`: by what, and what is done.
 * @param {string} converter
 * @returns {[string, string]}
 */
function words(converter) {
  const [library = '', work = converter] = converter.split('/');
  return [library, work.replaceAll('-', ' ')];
}
