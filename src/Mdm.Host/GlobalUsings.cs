global using Authorizer = Mdm.Host.Access.AuthorizedFile.Authorizer;
global using Mdm.Abstractions;
