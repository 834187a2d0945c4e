global using Authorizer = Mdm.Host.Access.AuthorizedFile.Authorizer;
global using HostOptions = Mdm.Host.Configuration.HostOptions;
global using Mdm.Abstractions;
