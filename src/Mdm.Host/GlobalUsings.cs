global using Mdm.Abstractions;
global using Mdm.Host.Audit;
global using Authorizer = Mdm.Host.Access.AuthorizedFile.Authorizer;
global using Discloser = Mdm.Host.Staging.DisclosedContent.Discloser;
global using HostOptions = Mdm.Host.Configuration.HostOptions;
global using PlaceAuthorizer = Mdm.Host.Access.AuthorizedPlace.PlaceAuthorizer;
global using StagingArea = Mdm.Host.Staging.StagedFile.StagingArea;
global using TicketBook = Mdm.Host.Transfer.TransferTicket.TicketBook;
global using UploadTicketBook = Mdm.Host.Uploads.UploadTicket.UploadTicketBook;
