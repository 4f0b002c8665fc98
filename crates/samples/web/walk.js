// What the pages of the samples share: the walk, whose steps light up as they are reached, and a place for what goes wrong.

/** @param {string} id @returns {HTMLElement} */
export function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** Lights a step of the page's walk. @param {string} step */
export function reached(step) {
  element(step).dataset.reached = 'yes';
}

/** Begins the walk anew. */
export function rewind() {
  for (const step of document.querySelectorAll('#walk li')) delete /** @type {HTMLElement} */ (step).dataset.reached;
  element('problem').hidden = true;
}

/** @param {string} text */
export function say(text) {
  element('status').textContent = text;
}

/** Says what went wrong. @param {unknown} error */
export function problem(error) {
  const place = element('problem');
  place.textContent = error instanceof Error ? error.message : String(error);
  place.hidden = false;
}

/** The content's address: the sample's handler and a name that people give. @param {string} sample @param {string} name */
export function content(sample, name) {
  return new URL(`app/${sample}/${encodeURIComponent(name.trim() || 'lobby')}`, document.baseURI);
}

/** A button that starts and stops. @param {() => Promise<void>} start @param {() => Promise<void>} stop */
export function toggle(start, stop) {
  const button = /** @type {HTMLButtonElement} */ (element('go'));
  const words = [button.textContent ?? '', button.dataset.stop ?? 'Stop'];
  let running = false;
  const show = () => { button.textContent = words[Number(running)] ?? null; };
  button.onclick = async () => {
    button.disabled = true;
    try {
      if (!running) rewind();
      await (running ? stop() : start());
      running = !running;
    } catch (error) {
      problem(error);
    } finally {
      button.disabled = false;
      show();
    }
  };
  return {
    /** It ended by itself. */
    ended() {
      running = false;
      show();
    },
  };
}
