import{a}from"./chunk-FZEF5VUK.js";import"./chunk-OCISEBLZ.js";import"./chunk-IYWUY3VA.js";export default a();
