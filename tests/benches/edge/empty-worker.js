// A Worker that does nothing. What it takes to start it, any Worker takes.

export default {
  fetch() {
    return new Response('ok');
  },
};
